package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/internal/scenario"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

func TestScenarios(t *testing.T) {
	scenario.Run(t, "testdata/*.txt", func(t *testing.T) scenario.Machine { return newWorld(t) })
}

// world is a ledger whose accounts and holds have names.
type world struct {
	t        *testing.T
	books    ledger.Books
	accounts []ledger.AccountID
	names    map[string]ledger.AccountID
	holds    []string
	now      time.Time
	extra    []string // what operations asked to be shown at the end
}

var epoch = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// rail is the account that money comes from and goes to.
var rail = ledger.SystemAccount(ledger.Settlement, 0)

func newWorld(t *testing.T) *world {
	w := &world{t: t, names: map[string]ledger.AccountID{"rail": rail}, now: epoch}
	for _, role := range ledger.SystemRoles() {
		w.books.Open(ledger.SystemAccount(role, 0))
	}
	return w
}

// account returns the account of a name, opened on first use. The name nobody is
// never opened.
func (w *world) account(name string) ledger.AccountID {
	id, ok := w.names[name]
	switch {
	case ok:
	case name == "nobody":
		return 9999
	default:
		id = ledger.AccountID(10_001 + len(w.accounts))
		w.names[name] = id
		w.accounts = append(w.accounts, id)
		w.books.Open(id)
	}
	return id
}

func (w *world) hold(name string) ledger.HoldID {
	for i, known := range w.holds {
		if known == name {
			return ledger.HoldID(i + 1)
		}
	}
	w.holds = append(w.holds, name)
	return ledger.HoldID(len(w.holds))
}

func amount(word string) money.Centavos {
	if word == "most" {
		return 1<<63 - 1
	}
	c, err := money.ParseJSON([]byte(word))
	if err != nil {
		panic(err)
	}
	return c
}

// Do does one operation and returns its error, if any.
func (w *world) Do(words []string) string {
	if err := w.do(words[0], append(words[1:], "", "", "", "")); err != nil {
		return err.Error()
	}
	return ""
}

func (w *world) do(operation string, args []string) (err error) {
	fact := ledger.Fact{About: 7, At: w.now}
	move := func(from, to ledger.AccountID, c money.Centavos) error {
		return w.books.Transfer(fact,
			ledger.Posting{Account: from, Amount: -c}, ledger.Posting{Account: to, Amount: c})
	}
	switch operation {
	case "credit":
		return move(rail, w.account(args[0]), amount(args[1]))
	case "debit":
		return move(w.account(args[0]), rail, amount(args[1]))
	case "transfer":
		return move(w.account(args[0]), w.account(args[1]), amount(args[2]))
	case "hold":
		return w.place(args)
	case "arrive":
		return w.arrive(args)
	case "arrivefor":
		return w.arriveFor(args)
	case "move":
		return w.move(args)
	case "capture":
		to := rail
		if args[2] != "" {
			to = w.account(args[3])
		}
		c := amount(args[1])
		_, err = w.books.Capture(w.hold(args[0]), c, w.now, ledger.Posting{Account: to, Amount: c})
	case "release":
		_, err = w.books.Release(w.hold(args[0]), amount(args[1]), w.now)
	case "void":
		_, err = w.books.Void(w.hold(args[0]), w.now)
	case "clock":
		var d time.Duration
		d, err = time.ParseDuration(args[0])
		w.now = w.now.Add(d)
	case "lines":
		w.lines(args[0])
	default:
		panic("unknown operation " + operation)
	}
	return err
}

func (w *world) place(args []string) error {
	_, err := w.books.Place(ledger.HoldRequest{
		ID: w.hold(args[0]), Account: w.account(args[1]), Amount: amount(args[2]), Sweep: args[3] == "sweep",
	}, w.now)
	return err
}

func (w *world) arrive(args []string) error {
	account, c := w.account(args[1]), amount(args[2])
	_, err := w.books.Arrive(ledger.HoldRequest{
		ID: w.hold(args[0]), Account: account, Amount: c, Reason: ledger.ReasonProcessing,
	}, w.now, ledger.Posting{Account: account, Amount: c}, ledger.Posting{Account: rail, Amount: -c})
	return err
}

// arriveFor reads an account, what is credited, and pairs of hold and amount.
func (w *world) arriveFor(args []string) error {
	account, c := w.account(args[0]), amount(args[1])
	var requests []ledger.HoldRequest
	for ; args[2] != ""; args = args[2:] {
		requests = append(requests, ledger.HoldRequest{
			ID: w.hold(args[2]), Account: account, Amount: amount(args[3]), Reason: ledger.ReasonSplit, About: 7,
		})
	}
	_, err := w.books.ArriveFor(requests, w.now,
		ledger.Posting{Account: account, Amount: c}, ledger.Posting{Account: rail, Amount: -c})
	return err
}

// move reads an account, pairs of hold and amount to move from, the word to, and
// pairs to move to.
func (w *world) move(args []string) error {
	account := w.account(args[0])
	var from []ledger.Part
	for args = args[1:]; args[0] != "to"; args = args[2:] {
		from = append(from, ledger.Part{Hold: w.hold(args[0]), Amount: amount(args[1])})
	}
	var to []ledger.HoldRequest
	for args = args[1:]; args[0] != ""; args = args[2:] {
		to = append(to, ledger.HoldRequest{
			ID: w.hold(args[0]), Account: account, Amount: amount(args[1]), Reason: ledger.ReasonPayment, About: 8,
		})
	}
	_, err := w.books.Move(from, to, w.now)
	return err
}

// lines shows an account's lines at the end.
func (w *world) lines(name string) {
	for _, e := range w.books.Entries() {
		if l, ok := e.Line(w.account(name)); ok {
			w.extra = append(w.extra, fmt.Sprintf("%s %d %s %s posted %s = %s, held %s = %s", name, l.Number,
				l.At.Format(time.TimeOnly), e.Kind, l.Posted, l.PostedAfter, l.Held, l.HeldAfter))
		}
	}
}

// End shows balances and holds, after it has verified everything.
func (w *world) End() []string {
	verify(w.t, &w.books)
	var out []string
	for _, id := range w.accounts {
		a, _ := w.books.Accounts.Get(id)
		out = append(out, fmt.Sprintf("%s posted=%s held=%s available=%s", w.name(id), a.Posted, a.Held, a.Available()))
	}
	for i, name := range w.holds {
		h, ok := w.books.Holds.Get(ledger.HoldID(i + 1))
		if !ok {
			continue
		}
		state := "open"
		if !h.Open() {
			state = "closed"
		}
		line := fmt.Sprintf("%s %s requested=%s held=%s captured=%s released=%s shortfall=%s", name, state,
			h.Requested, h.Held, h.Captured, h.Released, h.Shortfall())
		if h.Cancelled != 0 {
			line += " cancelled=" + h.Cancelled.String()
		}
		out = append(out, line)
	}
	return append(out, w.extra...)
}

func (w *world) name(id ledger.AccountID) string {
	for name, known := range w.names {
		if known == id {
			return name
		}
	}
	return id.String()
}

// verify checks all that the books contain with AccountCheck.
func verify(t fataler, b *ledger.Books) {
	t.Helper()
	if wrong := wrongs(b); len(wrong) > 0 {
		t.Fatalf("the books are wrong:\n%s", strings.Join(wrong, "\n"))
	}
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// wrongs lists what AccountCheck finds.
func wrongs(b *ledger.Books) []string {
	var out []string
	for _, account := range b.Accounts.Changes() {
		kept := copyOf(b, account.Key)
		for _, wrong := range kept.check() {
			out = append(out, wrong.Error())
		}
	}
	return out
}
