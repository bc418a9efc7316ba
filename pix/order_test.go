package pix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/book/booktest"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// permutations calls visit with every order of items.
func permutations(items []string, visit func([]string)) {
	var place func(n int)
	place = func(n int) {
		if n == len(items) {
			visit(slices.Clone(items))
			return
		}
		for i := n; i < len(items); i++ {
			items[n], items[i] = items[i], items[n]
			place(n + 1)
			items[n], items[i] = items[i], items[n]
		}
	}
	place(0)
}

func (w *world) dump() string {
	w.t.Helper()
	lines, err := booktest.Dump(w.ctx, w.store)
	w.fatal(err)
	return strings.Join(lines, "\n")
}

func (w *world) totals() map[ledger.Role]money.Centavos {
	w.t.Helper()
	totals, err := w.store.Totals(w.ctx)
	w.fatal(err)
	out := make(map[ledger.Role]money.Centavos)
	for role, total := range totals {
		out[role] = total.Posted
	}
	return out
}

// newID makes the rail tell an event again under another id.
func newID(event string) string {
	operation, _, _ := strings.Cut(event, " event=")
	return operation
}

func TestEventsInAnyOrderCountOnce(t *testing.T) {
	cases := []struct {
		name   string
		before []string
		events []string
		// The rail has this much for us once every event was told, in any order.
		rail money.Centavos
	}{
		{
			name:   "a payment",
			before: []string{"account loja 100.00 payment=0.40", "pay p1 loja 10.00", "pay p2 loja 20.00"},
			events: []string{"settle p1 event=a", "reject p1 event=b", "settle p1 by=number event=c", "reject p2 event=d", "settle p2 event=e"},
			rail:   70_00,
		},
		{
			name:   "a charge and two that pay it",
			before: []string{"account loja 0 receipt=1.00", "charge c1 loja 80.00"},
			events: []string{
				"processing r1 80.00 for=c1 event=a", "settled r1 80.00 for=c1 event=b", "failed r1 80.00 for=c1 event=c",
				"settled r2 80.00 for=c1 event=d", "processing r2 80.00 for=c1 event=e",
			},
			rail: 160_00,
		},
		{
			name:   "a key and a hold that waits",
			before: []string{"account loja 5.00", "hold med loja 50.00 sweep", "hold late loja 10.00 sweep"},
			events: []string{
				"processing r1 30.00 key=loja event=a", "settled r1 30.00 key=loja event=b", "failed r1 30.00 key=loja event=c",
				"settled r2 40.00 key=loja event=d", "settled r3 1.00 key=nobody event=e",
			},
			rail: 76_00,
		},
		{
			name:   "money that goes out while it comes in",
			before: []string{"account loja 10.00", "pay p1 loja 10.00", "charge c1 loja 7.00"},
			events: []string{
				"reject p1 event=a", "settle p1 event=b", "processing r1 7.00 for=c1 event=c", "failed r1 7.00 for=c1 event=d",
				"settled r1 7.00 for=c1 event=e",
			},
			rail: 7_00,
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
				if got := w.totals(); got[ledger.Settlement] != -c.rail {
					t.Fatalf("in the order %q the rail has %s for us, want %s", order, -got[ledger.Settlement], c.rail)
				}
				w.check()
			})
		})
	}
}

// tellAll tells events, each twice, then all again, then all under new ids.
func tellAll(t *testing.T, w *world, order []string) {
	t.Helper()
	for _, event := range order {
		w.Do(strings.Fields(event))
		once := w.dump()
		if got := w.Do(strings.Fields(event)); !strings.HasPrefix(got, "repeated") || w.dump() != once {
			t.Fatalf("in the order %q, %q told twice was %s", order, event, got)
		}
	}
	all := w.dump()
	for _, event := range slices.Backward(order) {
		w.Do(strings.Fields(event))
	}
	if w.dump() != all {
		t.Fatalf("in the order %q: telling all again changed something", order)
	}
	// Under new ids a contradiction may be listed again, but no money moves.
	money := fmt.Sprint(w.totals())
	for _, event := range order {
		w.Do(strings.Fields(newID(event)))
	}
	if got := fmt.Sprint(w.totals()); got != money {
		t.Fatalf("in the order %q: telling all again under new ids moved money: %s, was %s", order, got, money)
	}
}

// FuzzEvents reads bytes as a story of two accounts, in threes: what happens, to
// what, and how much.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{"\x00\x00\x20\x01\x00\x00", "\x03\x01\x10\x04\x11\x10\x05\x11\x10", "\x07\x00\xff\x04\x02\x09\x08\x00\x03\x09\x00\x00",
		"\x05\x01\x50\x10\x01\x60\x05\x03\x20\x11\x01\x05\x11\x01\x40", "\x05\x00\x50\x0c\x01\x10\x10\x01\x60\x0e\x01\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, story []byte) {
		w := newWorld(t)
		w.Do(strings.Fields("account ana 1.00 payment=0.03 receipt=0:20000:0.01:0.02"))
		w.Do(strings.Fields("account rui 0.50"))
		const longest = 60
		for n := 0; len(story) >= 3 && n < longest; n++ {
			operation := sentence(story[0], story[1], story[2])
			story = story[3:]
			result := w.Do(strings.Fields(operation))
			if strings.HasPrefix(result, "repeated") {
				continue
			}
			for name, id := range w.accounts {
				a, err := w.store.Account(w.ctx, id)
				w.fatal(err)
				if a.Held < 0 || a.Posted < a.Held {
					t.Fatalf("after %q %s has %+v", operation, name, a.Balance)
				}
			}
		}
		w.check()
		before := w.totals()
		w.Do(strings.Fields("settle nothing event=never-told"))
		if fmt.Sprint(w.totals()) != fmt.Sprint(before) {
			t.Fatal("an event about nothing moved money")
		}
	})
}

// sentence makes an operation of three bytes.
func sentence(what, which, much byte) string {
	account := []string{"ana", "rui"}[which&1]
	number := which & 7 // the account's own
	value := money.Centavos(much % 100).String()
	source := []string{"key=ana", "key=rui", "for=c0", "for=c1", "key=nobody", "for=p1", "", "for=c2 key=ana"}[which>>3&7]
	event := ""
	if which>>6 == 3 {
		event = fmt.Sprintf(" event=e%d", much&3)
	}
	switch what % 20 {
	case 0:
		return fmt.Sprintf("pay p%d %s %s", number, account, value)
	case 1:
		return fmt.Sprintf("settle p%d%s", number, event)
	case 2:
		return fmt.Sprintf("reject p%d by=number%s", number, event)
	case 3:
		return fmt.Sprintf("charge c%d %s %s", number, account, value)
	case 4:
		return fmt.Sprintf("processing r%d %s %s%s", number, value, source, event)
	case 5:
		return fmt.Sprintf("settled r%d %s %s%s", number, value, source, event)
	case 6:
		return fmt.Sprintf("failed r%d %s %s%s", number, value, source, event)
	case 7:
		return fmt.Sprintf("hold h%d %s %s sweep", number, account, value)
	case 8:
		return fmt.Sprintf("capture h%d %s step=s%d", number, value, much>>6)
	case 9:
		return fmt.Sprintf("release h%d %s", number, value)
	case 10:
		return fmt.Sprintf("release h%d", number)
	}
	return returnSentence(what%20, number, value, event)
}

// returnSentence makes an operation about returns and MED cases, or the failure
// of a charge.
func returnSentence(what, number byte, value, event string) string {
	switch what {
	case 11:
		return fmt.Sprintf("failed none %s for=c%d%s", value, number, event)
	case 12:
		return fmt.Sprintf("refund f%d r%d %s", number, number^1, value)
	case 13:
		return fmt.Sprintf("return-settled f%d%s", number, event)
	case 14:
		return fmt.Sprintf("return-rejected f%d by=number%s", number, event)
	case 15:
		return fmt.Sprintf("returned p%d %s id=b%d%s", number, value, value[len(value)-1]&3, event)
	case 16:
		return fmt.Sprintf("med-opened m%d %s of=r%d%s", number, value, number&3, event)
	case 17:
		return fmt.Sprintf("med-accepted m%d %s%s", number, value, event)
	case 18:
		return fmt.Sprintf("med-rejected m%d%s", number, event)
	}
	return fmt.Sprintf("med-cancelled m%d%s", number, event)
}
