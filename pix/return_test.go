package pix_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

func returnID(name string) pixid.ReturnID {
	return pixid.ReturnID(fmt.Sprintf("D12345678202611201200%011s", name))
}

// returnCommand builds the commands about returns and MED cases.
func (w *world) returnCommand(verb string, plain []string, named map[string]string) (c command, owner string) {
	name := plain[0]
	switch verb {
	case "refund":
		return w.refund(name, plain, named)
	case "return-settled", "return-rejected":
		return w.returnOutcome(verb, name, named), w.owners[name]
	case "returned":
		return w.cameBack(name, amount(plain[1]), named), w.owners[name]
	case "resolve":
		return w.resolve(plain, named)
	case "med-opened", "med-accepted", "med-rejected", "med-cancelled":
		return w.med(verb, name, amount(plain[1]), named)
	}
	panic("unknown operation " + verb)
}

// receiptNamed finds a receipt by the name of its charge or of its end-to-end id.
func (w *world) receiptNamed(name string) pix.Movement {
	id := pix.MovementID(w.number(name))
	target, err := w.store.Lookup(w.ctx, pix.Key{Space: pix.SpaceEndToEndIn, Value: string(endToEndID(name))})
	if err == nil {
		id = pix.MovementID(target.ID)
	}
	m, err := w.store.Movement(w.ctx, id)
	if err != nil {
		return pix.Movement{ID: id}
	}
	return m
}

func (w *world) ownerOf(id ledger.AccountID) string {
	for name, account := range w.accounts {
		if account == id {
			return name
		}
	}
	return ""
}

func (w *world) refund(name string, plain []string, named map[string]string) (command, string) {
	original := w.receiptNamed(plain[1])
	owner := w.ownerOf(original.Account)
	if by := named["by"]; by != "" {
		owner = by
	}
	w.owners[name] = owner
	c := &pix.RefundReceipt{
		ID: pix.MovementID(w.next()), Account: w.accounts[owner], Original: original.ID,
		OriginalID: original.EndToEndID, ExternalID: name, Named: named["named"] != "", Amount: amount(plain[2]),
		Description: named["text"], Nature: pix.NatureOriginal, ReturnID: returnID(name), Rail: pix.RailHTTP,
		Scenario: pix.Scenario(named["scenario"]), At: w.now,
	}
	if external := named["external"]; external != "" {
		c.ExternalID = external
	}
	if nature := named["nature"]; nature != "" {
		c.Nature = pix.Nature(nature)
	}
	return w.named(name, asCommand(c)), owner
}

func (w *world) returnOutcome(verb, name string, named map[string]string) command {
	kind := pix.ReturnSettled
	if verb == "return-rejected" {
		kind = pix.ReturnRejected
	}
	e := w.event(kind, named)
	switch named["by"] {
	case "number":
		e.Movement = pix.MovementID(w.number(name))
	case "both":
		e.Movement, e.ReturnID = pix.MovementID(w.number(name)), returnID(name)
	default:
		e.ReturnID = returnID(name)
	}
	if other := named["id"]; other != "" {
		e.ReturnID = returnID(other)
	}
	return asCommand(e)
}

func (w *world) cameBack(name string, c money.Centavos, named map[string]string) command {
	e := w.event(pix.PaymentReturned, named)
	e.Amount, e.ErrorCode, e.EndToEndID = c, "MD06", endToEndID(name)
	if named["by"] == "number" {
		e.Movement, e.EndToEndID = pix.MovementID(w.number(name)), ""
	}
	if id := named["id"]; id != "" {
		e.ReturnID = returnID(id)
	}
	return asCommand(e)
}

func (w *world) med(verb, name string, c money.Centavos, named map[string]string) (command, string) {
	e := w.event(pix.EventType(strings.Replace(verb, "-", ".", 1)), named)
	e.Amount = c
	e.MED = &pix.MEDEvent{CaseID: name, Cause: named["cause"], Account: w.accounts[named["account"]]}
	if of := named["of"]; of != "" {
		e.EndToEndID = endToEndID(of)
		if w.owners[name] == "" {
			w.owners[name] = w.ownerOf(w.receiptNamed(of).Account)
		}
	}
	if account := named["account"]; account != "" {
		w.owners[name] = account
	}
	if key := named["key"]; key != "" {
		e.PixKey = key + "@example.com"
		w.owners[name] = key
	}
	if id := named["id"]; id != "" {
		e.ReturnID = returnID(id)
	}
	return asCommand(e), w.owners[name]
}

// medCases returns every case, in order of number.
func (w *world) medCases() []pix.MEDCase {
	var all []pix.MEDCase
	for r, err := range w.store.EachRecord(w.ctx) {
		w.fatal(err)
		if r.Kind != pix.RecordMED {
			continue
		}
		c, err := pix.ReadMEDCase(r)
		w.fatal(err)
		if r.Number != c.Number || r.Name != c.ID || r.Owner != uint64(c.Account) {
			w.t.Fatalf("case %+v is in the record %+v", c, r.RecordKey)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b pix.MEDCase) int { return int(a.Number) - int(b.Number) })
	return all
}

func (w *world) cases() []string {
	var out []string
	for _, c := range w.medCases() {
		var steps []string
		for _, step := range c.History {
			steps = append(steps, string(step.Status))
		}
		line := fmt.Sprintf("case %s %s of %s: %s %s, block %s, returned %s",
			c.ID, c.Asked, c.Amount, strings.Join(steps, " "), c.Result, c.BlockStatus, c.Returned)
		if h, err := w.store.Hold(w.ctx, c.Account, ledger.HoldID(c.Number)); err == nil && h.Open() {
			line += ", review on day " + strconv.Itoa(int(h.Deadline.Sub(epoch)/(24*time.Hour)))
		}
		out = append(out, line)
	}
	return out
}

// checkReturns verifies that what movements say was given back is what returns
// gave back, that cases agree with their holds, and that what is to be reviewed
// is what is open and has a deadline.
func (w *world) checkReturns() {
	w.t.Helper()
	var returned, onItsWay, disputed = sums{}, sums{}, sums{}
	taken := map[string]money.Centavos{}
	for m, err := range w.store.EachMovement(w.ctx) {
		w.fatal(err)
		if m.Kind != pix.ReturnSent && m.Kind != pix.ReturnReceived || m.Status == pix.Failed {
			continue
		}
		returned[m.Parent] += m.Amount
		if original, err := w.store.Movement(w.ctx, m.Parent); m.Parent != 0 &&
			(err != nil || original.Terms == nil || !slices.Contains(original.Terms.Returns, m.ID)) {
			w.t.Fatalf("%s %s is not listed with %+v, %v", m.Kind, m.ID, original, err)
		}
		if m.Status == pix.Pending {
			onItsWay[m.Parent] += m.Amount
		}
		if m.Nature().MED() {
			taken[m.Terms.Case] += m.Amount
		}
	}
	for _, c := range w.medCases() {
		h, err := w.store.Hold(w.ctx, c.Account, ledger.HoldID(c.Number))
		if c.Asked == 0 {
			continue
		}
		w.fatal(err)
		if h.Requested != c.Asked || h.Captured != c.Returned || taken[c.ID] != c.Returned {
			w.t.Fatalf("case %+v has the hold %+v, and its returns come to %s", c, h, taken[c.ID])
		}
		if h.Open() {
			disputed[c.Receipt] += h.Requested - h.Captured
		}
	}
	for m, err := range w.store.EachMovement(w.ctx) {
		w.fatal(err)
		var t pix.Terms
		if m.Terms != nil {
			t = *m.Terms
		}
		if m.Returned != returned[m.ID] || t.OnItsWay != onItsWay[m.ID] || t.Disputed != disputed[m.ID] {
			w.t.Fatalf("%s %s: returned %s, on its way %s, disputed %s; by its returns and cases %s, %s, %s", m.Kind, m.ID,
				m.Returned, t.OnItsWay, t.Disputed, returned[m.ID], onItsWay[m.ID], disputed[m.ID])
		}
	}
	w.checkReviews()
}

type sums map[pix.MovementID]money.Centavos

func (w *world) checkReviews() {
	w.t.Helper()
	due := map[uint64]bool{}
	jobs, err := w.store.Jobs(w.ctx, pix.TopicReview, 0, 10_000)
	w.fatal(err)
	for _, j := range jobs {
		due[j.ID] = true
	}
	for _, account := range w.accounts {
		for h, err := range w.store.EachHold(w.ctx, account) {
			w.fatal(err)
			if listed := due[uint64(h.ID)]; listed != (h.Open() && !h.Deadline.IsZero()) {
				w.t.Fatalf("hold %+v: listed for review is %t", h, listed)
			}
		}
	}
}

func TestNoReturnHasTwoOutcomes(t *testing.T) {
	cases := []struct {
		name           string
		before, events []string
		rail           money.Centavos // what the rail has for us once every event was told, in any order
	}{
		{
			name: "a receipt given back in parts",
			before: []string{
				"account loja 0 receipt=0.40 return=0.40", "settled r1 100.00 key=loja", "settled r2 100.00 key=loja",
				"refund f1 r1 60.00", "refund f2 r1 40.00",
			},
			events: []string{
				"return-settled f1 event=a", "return-rejected f1 event=b", "return-settled f1 by=number event=c",
				"return-rejected f2 event=d", "return-settled f2 event=e",
			},
			rail: 100_00,
		},
		{
			name:   "a payment that comes back in parts",
			before: []string{"account loja 100.00 payment=0.40", "pay p1 loja 50.00"},
			events: []string{
				"settle p1 event=a", "reject p1 event=b", "returned p1 30.00 id=x event=c", "returned p1 20.00 id=y event=d",
				"returned p1 30.00 by=number id=x event=e",
			},
			rail: 100_00,
		},
		{
			name:   "more comes back than was paid",
			before: []string{"account loja 100.00", "pay p1 loja 50.00"},
			events: []string{
				"settle p1 event=a", "returned p1 50.00 id=x event=b", "returned p1 0.01 id=y event=c",
				"returned nothing 7.00 id=z event=d", "reject p1 event=e",
			},
			rail: 107_01,
		},
		{
			name: "a case and its decisions",
			before: []string{
				"account loja 0", "settled r1 100.00 key=loja", "med-opened m1 80.00 of=r1", "med-opened m2 80.00 of=r1",
			},
			events: []string{
				"med-accepted m1 id=x event=a", "med-rejected m1 event=b", "med-cancelled m1 event=c",
				"med-opened m1 80.00 of=r1 event=d", "med-rejected m2 event=e",
			},
			rail: -1,
		},
		{
			name: "a case and a return that was on its way",
			before: []string{
				"account loja 0", "settled r1 100.00 key=loja", "refund f1 r1 30.00", "med-opened m1 100.00 of=r1",
			},
			events: []string{
				"return-rejected f1 event=b", "return-settled f1 event=c", "med-accepted m1 id=x event=d",
				"settled r2 5.00 key=loja event=e", "med-opened m1 100.00 of=r1 event=a",
			},
			rail: -1,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			permutations(c.events, func(order []string) {
				w := newWorld(t)
				for _, operation := range c.before {
					w.Do(strings.Fields(operation))
				}
				tellAll(t, w, order)
				if got := w.totals()[ledger.Settlement]; c.rail >= 0 && got != -c.rail {
					t.Fatalf("in the order %q the rail has %s for us, want %s", order, -got, c.rail)
				}
				w.check()
			})
		})
	}
}
