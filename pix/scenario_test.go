package pix_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book/booktest"
	"github.com/saldo-pix/saldo/internal/scenario"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/store/memory"
)

func TestScenarios(t *testing.T) {
	scenario.Run(t, "testdata/*.txt", func(t *testing.T) scenario.Machine { return newWorld(t) })
}

// world is a store whose accounts, movements and holds have names.
type world struct {
	t        fataler
	ctx      context.Context
	store    *memory.Store
	now      time.Time
	last     uint64
	accounts map[string]ledger.AccountID
	numbers  map[string]uint64 // of movements and holds
	owners   map[string]string // account of what has a name
	told     map[string]*pix.ApplyEvent
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

var epoch = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newWorld(t fataler) *world {
	return &world{
		t: t, ctx: context.Background(), store: memory.New(), now: epoch, last: 100,
		accounts: map[string]ledger.AccountID{}, numbers: map[string]uint64{}, owners: map[string]string{},
		told: map[string]*pix.ApplyEvent{},
	}
}

// command is any command, its result as text.
type command struct {
	needs  pix.Needs
	decide func(*pix.Books) (string, error)
}

// asCommand makes a command of pix one of ours.
func asCommand[T any](c interface {
	Needs() pix.Needs
	Decide(*pix.Books) (T, error)
}) command {
	return command{c.Needs(), func(b *pix.Books) (string, error) {
		result, err := c.Decide(b)
		switch r := any(result).(type) {
		case pix.Outcome:
			return r.String(), err
		case pix.Movement:
			return "ok " + r.ID.String(), err
		case ledger.Hold:
			return "ok " + r.ID.String(), err
		}
		return "ok", err
	}}
}

// commit decides commands in turn in one commit, as a book does. One that is
// refused answers with its error.
func (w *world) commit(commands ...command) []string {
	w.t.Helper()
	var n pix.Needs
	for _, c := range commands {
		n.Add(c.needs)
	}
	answers := make([]string, len(commands))
	err := w.store.Commit(w.ctx, n, func(b *pix.Books) error {
		b.NextNumber = w.next
		for i, c := range commands {
			mark := b.Mark()
			result, err := c.decide(b)
			if err != nil {
				b.Rollback(mark)
				result = err.Error()
			}
			answers[i] = result
		}
		return nil
	})
	if err != nil {
		w.t.Fatalf("commit: %v", err)
	}
	return answers
}

// number returns the number of a name; of an unknown one, a number of nothing.
func (w *world) number(name string) uint64 {
	if n, known := w.numbers[name]; known {
		return n
	}
	return 1
}

// named makes c give the name to what it creates.
func (w *world) named(name string, c command) command {
	decide := c.decide
	c.decide = func(b *pix.Books) (string, error) {
		result, err := decide(b)
		if number, ok := strings.CutPrefix(result, "ok "); ok && err == nil {
			n, _ := strconv.ParseUint(number, 10, 64)
			w.numbers[name], result = n, "ok"
		}
		return result, err
	}
	return c
}

func (w *world) next() uint64 {
	w.last++
	return w.last
}

func endToEndID(name string) pixid.EndToEndID {
	return pixid.EndToEndID(fmt.Sprintf("E12345678202611201200%011s", name))
}

func txID(name string) string { return fmt.Sprintf("cobranca%024s", name) }

// options splits words into plain ones and name=value pairs.
func options(words []string) (plain []string, named map[string]string) {
	named = make(map[string]string)
	for _, word := range words {
		if name, value, ok := strings.Cut(word, "="); ok {
			named[name] = value
		} else {
			plain = append(plain, word)
		}
	}
	return append(plain, "", "", ""), named
}

func amount(word string) money.Centavos {
	if word == "" {
		return 0
	}
	c, err := money.ParseJSON([]byte(word))
	if err != nil {
		panic(fmt.Sprintf("%q: %v", word, err))
	}
	return c
}

// Do does one operation, or several in one commit with "batch a ; b".
func (w *world) Do(words []string) string {
	if words[0] == "clock" {
		d, err := time.ParseDuration(words[1])
		if err != nil {
			panic(err)
		}
		w.now = w.now.Add(d)
		return ""
	}
	if words[0] != "batch" {
		c, owner := w.command(words)
		return w.commit(c)[0] + ", " + w.balance(owner)
	}
	var commands []command
	var owner string
	for _, part := range strings.Split(strings.Join(words[1:], " "), " ; ") {
		var c command
		c, owner = w.command(strings.Fields(part))
		commands = append(commands, c)
	}
	return strings.Join(w.commit(commands...), "; ") + ", " + w.balance(owner)
}

// balance prints an account as gross/blocked/net.
func (w *world) balance(name string) string {
	a, err := w.store.Account(w.ctx, w.accounts[name])
	if err != nil {
		return "no balance"
	}
	return fmt.Sprintf("%s/%s/%s", a.Posted, a.Held, a.Available())
}

// command builds the command of an operation and names the account it is about.
func (w *world) command(words []string) (c command, owner string) {
	plain, named := options(words[1:])
	name := plain[0]
	if slices.Contains([]string{"pay", "charge", "hold", "payout"}, words[0]) {
		w.owners[name] = plain[1]
	}
	switch words[0] {
	case "account":
		return w.open(name, amount(plain[1]), named), name
	case "pay":
		return w.pay(name, plain, named), plain[1]
	case "charge":
		return w.charge(name, plain, named), plain[1]
	case "payout":
		return w.payOut(name, plain[1]), plain[1]
	case "settle", "reject":
		return w.outcome(words[0], name, named), w.owners[name]
	case "processing", "settled", "failed":
		owner = w.owners[named["for"]] + named["key"]
		if w.owners[name] == "" {
			w.owners[name] = owner
		}
		return w.receipt(words[0], name, amount(plain[1]), named), w.owners[name]
	case "hold":
		return w.hold(name, plain, named), plain[1]
	case "capture", "release":
		return w.end(words[0], name, amount(plain[1]), named), w.owners[name]
	}
	return w.returnCommand(words[0], plain, named)
}

// fee reads fixed:rate:min:max, the rate in millionths.
func fee(text string) pix.FeeRule {
	var r pix.FeeRule
	for i, part := range strings.Split(text, ":") {
		if i == 1 {
			r.Rate = int64(amount(part)) / 100
			continue
		}
		*[]*money.Centavos{&r.Fixed, nil, &r.Min, &r.Max}[i] = amount(part)
	}
	return r
}

func (w *world) open(name string, balance money.Centavos, named map[string]string) command {
	id := ledger.AccountID(10_001 + len(w.accounts))
	w.accounts[name] = id
	p := pix.Profile{
		ID: id, Name: name, City: "Recife", PixKeys: []string{name + "@example.com"}, CreatedAt: w.now,
		Sandbox: named["sandbox"] != "", Fees: pix.Fees{
			Payment: fee(named["payment"]), Receipt: fee(named["receipt"]), Return: fee(named["return"]),
		},
		Settings: pix.Settings{SplitFrequency: pix.SplitFrequency(named["splits"])},
	}
	return asCommand(&pix.OpenAccount{Profile: p, OpeningBalance: balance})
}

func (w *world) pay(name string, plain []string, named map[string]string) command {
	external := named["external"]
	if external == "" {
		external = name
	}
	return w.named(name, asCommand(&pix.PlacePayment{
		ID: pix.MovementID(w.next()), Account: w.accounts[plain[1]], ExternalID: external,
		Amount: amount(plain[2]), EndToEndID: endToEndID(name), Rail: pix.RailHTTP,
		Scenario: pix.Scenario(named["scenario"]), At: w.now,
	}))
}

func (w *world) charge(name string, plain []string, named map[string]string) command {
	external := named["external"]
	if external == "" {
		external = name
	}
	return w.named(name, asCommand(&pix.CreateCharge{
		ID: pix.MovementID(w.next()), Account: w.accounts[plain[1]], ExternalID: external,
		Amount: amount(plain[2]), TxID: pixid.TxID(txID(name)), Location: "pix.example.com/v2/" + name,
		ExpiresAt: w.now.Add(time.Hour), Rail: pix.RailHTTP, At: w.now, Splits: splits(named["splits"]),
		Cob: cob(named["alterable"], amount(plain[2])),
	}))
}

func (w *world) event(kind pix.EventType, named map[string]string) *pix.ApplyEvent {
	id := named["event"]
	if id == "" {
		id = fmt.Sprintf("event-%d", w.next())
	}
	e := &pix.ApplyEvent{Event: pix.Event{ID: id, Type: kind, At: w.now}, NewID: pix.MovementID(w.next()), Now: w.now}
	w.told[id] = e
	return e
}

func (w *world) outcome(verb, name string, named map[string]string) command {
	kind := pix.PaymentSettled
	if verb == "reject" {
		kind = pix.PaymentRejected
	}
	e := w.event(kind, named)
	switch named["by"] {
	case "number":
		e.Movement = pix.MovementID(w.number(name))
	case "both":
		e.Movement, e.EndToEndID = pix.MovementID(w.number(name)), endToEndID(name)
	default:
		e.EndToEndID = endToEndID(name)
	}
	if other := named["e2e"]; other != "" {
		e.EndToEndID = endToEndID(other)
	}
	return asCommand(e)
}

func (w *world) receipt(what, name string, c money.Centavos, named map[string]string) command {
	e := w.event(pix.EventType("receipt."+what), named)
	e.Amount = c
	if name != "none" {
		e.EndToEndID = endToEndID(name)
	}
	if charge := named["for"]; charge != "" {
		e.TxID = txID(charge)
	}
	if key := named["key"]; key != "" {
		e.PixKey = key + "@example.com"
	}
	return asCommand(e)
}

func (w *world) hold(name string, plain []string, named map[string]string) command {
	ofCase := named["case"]
	if ofCase == "none" {
		ofCase = ""
	} else if ofCase == "" {
		ofCase = name
	}
	return w.named(name, asCommand(&pix.PlaceHold{HoldRequest: ledger.HoldRequest{
		ID: ledger.HoldID(w.next()), Account: w.accounts[plain[1]], Reason: ledger.ReasonMED,
		Amount: amount(plain[2]), Sweep: plain[3] == "sweep", Case: ofCase,
	}, At: w.now}))
}

func (w *world) end(verb, name string, c money.Centavos, named map[string]string) command {
	id := ledger.HoldID(w.number(name))
	if verb == "capture" {
		return w.named(name, asCommand(&pix.CaptureHold{
			ID: id, Amount: c, To: ledger.Settlement, Step: named["step"], At: w.now,
		}))
	}
	return w.named(name, asCommand(&pix.ReleaseHold{ID: id, Amount: c, Step: named["step"], At: w.now}))
}

// End shows what is in suspense and what the house has, after it has checked
// everything.
func (w *world) End() []string {
	w.check()
	var out []string
	for m, err := range w.store.EachMovement(w.ctx) {
		w.fatal(err)
		status := m.Status.String()
		if m.Processing {
			status += ", processing"
		}
		if m.Nature().MED() {
			status += ", " + string(m.Nature())
		}
		out = append(out, fmt.Sprintf("%s %s %s fee %s: %s", m.Kind, w.name(m), m.Amount, m.Fee, status))
	}
	out = append(out, w.cases()...)
	items, err := w.store.Suspense(w.ctx, 0, 1000)
	w.fatal(err)
	for _, i := range items {
		line := fmt.Sprintf("suspense %s %s: %s", i.Event.Type, i.Amount, i.Reason)
		out = append(out, line+w.resolution(i.ID))
	}
	totals, err := w.store.Totals(w.ctx)
	w.fatal(err)
	for _, role := range slices.Sorted(maps.Keys(totals)) {
		out = append(out, fmt.Sprintf("%s posted=%s held=%s", role, totals[role].Posted, totals[role].Held))
	}
	return out
}

func (w *world) name(m pix.Movement) string {
	for name, n := range w.numbers {
		if n == uint64(m.ID) {
			return name
		}
	}
	if m.EndToEndID == "" {
		return "of " + m.Terms.Case
	}
	return "at " + string(m.EndToEndID[len("E12345678202611201200"):])
}

func (w *world) fatal(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
}

// check verifies everything as saldo verify does, and that orders are open exactly
// while payments and returns are.
func (w *world) check() {
	w.t.Helper()
	findings, err := booktest.Findings(w.ctx, w.store)
	w.fatal(err)
	for _, finding := range findings {
		w.t.Fatalf("%v", finding)
	}
	for m, err := range w.store.EachMovement(w.ctx) {
		w.fatal(err)
		w.checkOrder(m)
	}
	w.checkReturns()
	w.checkSplits()
}

func (w *world) checkOrder(m pix.Movement) {
	w.t.Helper()
	if m.Kind != pix.Payment && m.Kind != pix.ReturnSent {
		return
	}
	jobs, err := w.store.Jobs(w.ctx, m.Rail, uint64(m.ID)-1, 1)
	w.fatal(err)
	ordered := len(jobs) == 1 && jobs[0].ID == uint64(m.ID)
	if ordered != (m.Status == pix.Pending) {
		w.t.Fatalf("%+v has the orders %+v", m, jobs)
	}
}
