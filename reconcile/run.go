package reconcile

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Kept is an amount as it is kept: a whole number of centavos of any sign and size,
// where the JSON of APIs has reais.
type Kept int64

// Centavos is the amount.
func (k Kept) Centavos() money.Centavos { return money.Centavos(k) }

// State is how far a reconciliation is.
type State string

// The states. Done and Broken are final.
const (
	Running State = "running"
	Done    State = "done"
	Broken  State = "failed"
)

// Run is one reconciliation, as it is kept.
type Run struct {
	ID      uint64           `json:"id"`
	Account ledger.AccountID `json:"account"`
	Who     string           `json:"who"`            // credential that asked for it
	File    string           `json:"file,omitempty"` // name that it was given
	SHA256  string           `json:"sha256"`         // of the file, in hex
	Size    int64            `json:"size"`           // of the file, in bytes
	Format  Format           `json:"format"`
	Reading Reading          `json:"reading,omitzero"`
	Scope   Scope            `json:"scope"`
	// Asked tells that the period was given; else it is that of the file, and known
	// when that is read.
	Asked   bool             `json:"asked,omitempty"`
	Period  statement.Period `json:"-"`
	Minutes int              `json:"minutes"` // of the window

	State     State     `json:"state"`
	Why       *Failure  `json:"why,omitempty"` // it failed
	StartedAt time.Time `json:"startedAt"`
	SeenAt    time.Time `json:"seenAt"` // by the node that works on it
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Lines     int       `json:"lines"`   // of the file that are read
	Entries   int       `json:"entries"` // of the ledger that are read

	Summary Summary       `json:"summary,omitzero"`
	Open    map[Class]int `json:"open,omitempty"` // breaks that are not closed
	Chunks  int           `json:"chunks"`         // of matches
}

// Failure is why a reconciliation failed. Row and Field are of the file.
type Failure struct {
	Row    int    `json:"row,omitempty"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
}

// lost is how long a node may be silent about a reconciliation that it works on.
const lost = time.Minute

// interrupted is why a reconciliation failed of which the node is gone.
var interrupted = &Failure{Reason: "was interrupted; start it again"}

// settle shows a reconciliation of which the node is gone as failed.
func (r *Run) settle(now time.Time) {
	if r.State == Running && now.Sub(r.SeenAt) > lost {
		r.State, r.Why, r.EndedAt = Broken, interrupted, r.SeenAt
	}
}

// keptRun is a run as it is written down.
type keptRun struct {
	Run
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

func runKey(id uint64) pix.RecordKey {
	return pix.RecordKey{Kind: pix.RecordReconciliation, Name: strconv.FormatUint(id, 10)}
}

func (r *Run) record() (pix.Record, error) {
	k := keptRun{Run: *r}
	if r.Period != (statement.Period{}) {
		k.From, k.To = r.Period.From.String(), r.Period.To.String()
	}
	body, err := json.Marshal(k)
	return pix.Record{RecordKey: runKey(r.ID), Owner: uint64(r.Account), Number: r.ID, Body: body}, err
}

func readRun(record pix.Record) (Run, error) {
	var k keptRun
	err := json.Unmarshal(record.Body, &k)
	if err == nil && k.From != "" {
		if k.Period.From, err = statement.ParseDay(k.From); err == nil {
			k.Period.To, err = statement.ParseDay(k.To)
		}
	}
	if err != nil {
		return Run{}, fmt.Errorf("read reconciliation %s: %w", record.Name, err)
	}
	k.Summary.Period = k.Period
	return k.Run, nil
}

// Break is a finding that is not a match, as it is kept.
type Break struct {
	Number int    `json:"n"` // among the breaks of the run, from 1
	Class  Class  `json:"class"`
	By     By     `json:"by,omitempty"`
	Why    string `json:"why,omitempty"`
	There  *There `json:"there,omitempty"`
	Here   *Here  `json:"here,omitempty"`

	Note      string    `json:"note,omitempty"`
	Closed    bool      `json:"closed,omitempty"`
	ChangedAt time.Time `json:"changedAt,omitzero"`
	ChangedBy string    `json:"changedBy,omitempty"` // credential
}

// There is what the file says of a break.
type There struct {
	Line        int       `json:"line"` // among those of the statement
	Row         int       `json:"row"`  // line of text
	At          time.Time `json:"at"`
	Day         bool      `json:"day,omitempty"` // only the day is known
	Amount      Kept      `json:"amount"`
	Status      string    `json:"status"`
	Fee         bool      `json:"fee,omitempty"`
	EndToEndID  string    `json:"endToEndId,omitempty"`
	Original    string    `json:"original,omitempty"`
	TxID        string    `json:"txid,omitempty"`
	Reference   string    `json:"reference,omitempty"`
	Description string    `json:"description,omitempty"`
}

// Here is what the ledger says of a break.
type Here struct {
	Entry         uint64         `json:"entry"`
	At            time.Time      `json:"at"`
	Kind          statement.Kind `json:"kind"`
	Reversal      bool           `json:"reversal,omitempty"`
	Amount        Kept           `json:"amount"` // with the fee
	Fee           Kept           `json:"fee"`
	EndToEndID    string         `json:"endToEndId,omitempty"`
	TxID          string         `json:"txid,omitempty"`
	TransactionID string         `json:"transactionId,omitempty"`
	ExternalID    string         `json:"externalId,omitempty"`
}

func newBreak(f *Finding) Break {
	b := Break{Class: f.Class, By: f.By, Why: f.Why}
	if l := f.There; l != nil {
		b.There = &There{
			Line: l.Number, Row: l.Row, At: l.At, Day: l.Day, Amount: Kept(l.Amount),
			Status: l.Status.String(), Fee: l.IsFee,
			EndToEndID: l.ID, Original: l.Original, TxID: l.TxID, Reference: l.Reference, Description: l.Description,
		}
	}
	if e := f.Here; e != nil {
		b.Here = &Here{
			Entry: e.Number, At: e.At, Kind: e.Kind, Reversal: e.Reversal, Amount: Kept(e.Amount), Fee: Kept(e.Fee),
			EndToEndID: e.ID, TxID: e.TxID, TransactionID: e.TransactionID, ExternalID: e.ExternalID,
		}
	}
	return b
}

// firstNumber is what numbers count down from: the newest of a list is its first.
const firstNumber = 1 << 40

func breakKey(run uint64, n int) pix.RecordKey {
	return pix.RecordKey{Kind: pix.RecordBreak, Name: fmt.Sprintf("%d-%d", run, n)}
}

func (b *Break) record(run uint64) (pix.Record, error) {
	body, err := json.Marshal(b)
	return pix.Record{
		RecordKey: breakKey(run, b.Number), Owner: run, Number: firstNumber - uint64(b.Number), Body: body,
	}, err
}

func readBreak(record pix.Record) (Break, error) {
	var b Break
	if err := json.Unmarshal(record.Body, &b); err != nil {
		return b, fmt.Errorf("read break %s: %w", record.Name, err)
	}
	return b, nil
}

// Pair is two lines that go together, as they are kept.
type Pair struct {
	By         By
	Line       int    // of the file
	Row        int    // line of text
	Entry      uint64 // of the ledger; 0 where neither side has booked it
	EndToEndID string
	There      money.Centavos
	Here       money.Centavos // with the fee
}

// MarshalJSON writes a list without names: there may be a million of them.
func (p Pair) MarshalJSON() ([]byte, error) {
	return json.Marshal([...]any{p.By, p.Line, p.Row, p.Entry, p.EndToEndID, int64(p.There), int64(p.Here)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Pair) UnmarshalJSON(raw []byte) error {
	return json.Unmarshal(raw, &[...]any{
		&p.By, &p.Line, &p.Row, &p.Entry, &p.EndToEndID, (*int64)(&p.There), (*int64)(&p.Here),
	})
}

func newPair(f *Finding) Pair {
	p := Pair{By: f.By, Line: f.There.Number, Row: f.There.Row, EndToEndID: f.There.ID, There: f.There.Amount}
	if e := f.Here; e != nil {
		p.Entry, p.Here = e.Number, e.Amount
		if p.EndToEndID == "" {
			p.EndToEndID = e.ID
		}
	}
	return p
}

func matchesRecord(run uint64, chunk int, pairs []Pair) (pix.Record, error) {
	body, err := json.Marshal(pairs)
	return pix.Record{
		RecordKey: pix.RecordKey{Kind: pix.RecordMatches, Name: fmt.Sprintf("%d-%d", run, chunk)},
		Owner:     run, Number: firstNumber - uint64(chunk), Body: body,
	}, err
}
