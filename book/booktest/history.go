package booktest

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

var seedFlag = flag.Uint64("seed", 0, "run the random histories of this seed only")

const (
	historySeeds = 8
	historySteps = 400
)

// seeds are those to run: the one that was asked for, or new ones.
func seeds(n int) []uint64 {
	if *seedFlag != 0 {
		return []uint64{*seedFlag}
	}
	out := make([]uint64, n)
	for i := range out {
		out[i] = rand.Uint64N(1 << 40)
	}
	return out
}

// Step is one command of a random history and what the model says of it.
type Step struct {
	Text string // for the reader of a failure
	Want string

	needs  pix.Needs
	decide func(*pix.Books) (string, error)
}

// Needs makes a step a book.Command.
func (s *Step) Needs() pix.Needs { return s.needs }

// Decide makes a step a book.Command.
func (s *Step) Decide(b *pix.Books) (string, error) { return s.decide(b) }

// step makes a command a Step.
func step[T any](text, want string, c book.Command[T]) *Step {
	return &Step{Text: text, Want: want, needs: c.Needs(), decide: func(b *pix.Books) (string, error) {
		result, err := c.Decide(b)
		switch r := any(result).(type) {
		case pix.Outcome:
			return r.String(), err
		case ledger.Hold:
			return "held " + r.ID.String(), err
		case pix.Profile:
			return "opened", err
		}
		return "accepted", err
	}}
}

// answer is what a step came to, in the model's words.
func answer(result string, err error) string {
	for _, known := range []struct {
		err  error
		word string
	}{
		{ledger.ErrInsufficientFunds, "insufficient"},
		{ledger.ErrAmountNotPositive, "not positive"},
		{ledger.ErrHoldNotFound, "no hold"},
		{ledger.ErrHoldClosed, "closed"},
		{ledger.ErrHoldTooSmall, "too small"},
		{pix.ErrDuplicate, "duplicate"},
		{pix.ErrCaseConflict, "conflict"},
		{pix.ErrSplits, "over the value"},
		{pix.ErrMEDHold, "of a case"},
		{pix.ErrNotSettled, "not settled"},
		{pix.ErrDisputed, "disputed"},
		{pix.ErrOverRemaining, "too much"},
	} {
		if errors.Is(err, known.err) {
			return known.word
		}
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return result
}

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// Generator makes a random history step by step. The same seed makes the same
// history.
type Generator struct {
	rng    *rand.Rand
	model  *model
	now    time.Time
	id     uint64
	ids    []ledger.AccountID
	events []func() *Step // that may be told again
	e2es   []string       // of receipts
	still  bool           // the clock stands
}

// NewGenerator returns the generator of a seed.
func NewGenerator(seed uint64) *Generator {
	return &Generator{
		rng: rand.New(rand.NewPCG(seed, 7)), model: newModel(), now: start, id: 1 << 30,
		ids: []ledger.AccountID{maria, joao, ana},
	}
}

// feeRules are the prices of the three accounts, with the model's way to count them.
func feeRules(i int) (pix.Fees, func(int64) int64, func(int64) int64) {
	free := func(int64) int64 { return 0 }
	switch i {
	case 0:
		return pix.Fees{}, free, free
	case 1:
		rule := pix.FeeRule{Fixed: 40}
		return pix.Fees{Payment: rule, Receipt: rule, Return: rule},
			func(int64) int64 { return 40 }, func(int64) int64 { return 40 }
	}
	// 1.5 % half up, and from 3 to 50 centavos.
	percent := func(amount int64) int64 { return min(max((amount*15+500)/1000, 3), 50) }
	rule := pix.FeeRule{Rate: 15_000, Min: 3, Max: 50}
	return pix.Fees{Payment: rule, Receipt: rule, Return: rule}, percent, percent
}

// Open returns the steps that open the accounts.
func (g *Generator) Open() []*Step {
	var steps []*Step
	for i, id := range g.ids {
		p := profile(id, fmt.Sprintf("loja%d@example.com", i))
		a := &modelAccount{id: uint64(id), key: p.PixKeys[0]}
		p.Fees, a.in, a.out = feeRules(i)
		p.Settings.SplitFrequency = pix.SplitDaily // so that any shares of one recipient merge
		balance := money.Centavos(i) * 500_00
		want := g.model.open(a, int64(balance), p.CreatedAt)
		steps = append(steps, step("open "+id.String(), want, &pix.OpenAccount{Profile: p, OpeningBalance: balance}))
	}
	return steps
}

// tick moves the clock, sometimes back, and returns a new number.
func (g *Generator) tick() uint64 {
	move := time.Duration(g.rng.IntN(5000)) * time.Microsecond
	switch g.rng.IntN(40) {
	case 0:
		move = -time.Hour
	case 1:
		move = time.Hour
	}
	if !g.still {
		g.now = g.now.Add(move)
	}
	g.id += 1 + g.rng.Uint64N(3)
	return g.id
}

// Next returns the next step.
func (g *Generator) Next() *Step {
	if g.rng.IntN(20) == 0 {
		if s := g.payOut(); s != nil {
			return s
		}
	}
	switch n := g.rng.IntN(130); {
	case n >= 100:
		return g.giveBack()
	case n < 30:
		return g.pay()
	case n < 50:
		return g.outcome()
	case n < 60:
		return g.charge()
	case n < 78:
		return g.receipt()
	case n < 84:
		return g.placeHold()
	case n < 92:
		return g.endHold()
	case n < 95:
		return g.remember()
	case n < 97:
		return g.agree()
	case len(g.events) > 0:
		return g.events[g.rng.IntN(len(g.events))]() // the rail repeats itself
	}
	return g.pay()
}

func (g *Generator) account() (ledger.AccountID, *modelAccount) {
	id := g.ids[g.rng.IntN(len(g.ids))]
	return id, g.model.accounts[uint64(id)]
}

func (g *Generator) amount() int64 {
	if g.rng.IntN(5) == 0 {
		return 1 + g.rng.Int64N(5)
	}
	return 1 + g.rng.Int64N(200_00)
}

// external is a client's id, now and then one that was used.
func (g *Generator) external() string {
	if g.rng.IntN(15) == 0 {
		return "order-" + itoa(g.id-g.rng.Uint64N(40))
	}
	return "order-" + itoa(g.id)
}

func (g *Generator) pay() *Step {
	n := g.tick()
	id, a := g.account()
	c := &pix.PlacePayment{
		ID: pix.MovementID(n), Account: id, ExternalID: g.external(), Amount: money.Centavos(g.amount()),
		EndToEndID: endToEndID(n), Rail: pix.RailHTTP, At: g.now,
	}
	want := g.model.pay(a, int64(c.Amount), id.String()+c.ExternalID, string(c.EndToEndID), g.now)
	return step(fmt.Sprintf("%s pays %s as %s, %s", id, c.Amount, c.ExternalID, c.EndToEndID), want, c)
}

func (g *Generator) charge() *Step {
	n := g.tick()
	id, a := g.account()
	c := &pix.CreateCharge{
		ID: pix.MovementID(n), Account: id, ExternalID: g.external(), Amount: money.Centavos(g.amount()),
		TxID: pixid.TxID(fmt.Sprintf("cobranca%024d", n)), Location: "pix.example.com/v2/" + itoa(n),
		Rail: pix.RailHTTP, ExpiresAt: g.now.Add(30 * time.Minute), At: g.now,
	}
	shares := g.split(n, a, c)
	want := g.model.charge(a, int64(c.Amount), id.String()+c.ExternalID, string(c.TxID), shares, c.ExpiresAt)
	return step(fmt.Sprintf("%s charges %s as %s", id, c.Amount, c.TxID), want, c)
}

// pick returns one of the keys of a map, the same one for the same seed.
func pick[V any](g *Generator, from map[string]V) string {
	if len(from) == 0 {
		return ""
	}
	return sortedKeys(from)[g.rng.IntN(len(from))]
}

func (g *Generator) outcome() *Step {
	n := g.tick()
	e2e := pick(g, g.model.payments)
	if e2e == "" || g.rng.IntN(20) == 0 {
		e2e = string(endToEndID(n)) // nobody's
	}
	kind := pix.PaymentSettled
	if g.rng.IntN(3) == 0 {
		kind = pix.PaymentRejected
	}
	e := pix.Event{ID: "event-" + itoa(n), Type: kind, EndToEndID: pixid.EndToEndID(e2e), At: g.now}
	return g.tell(e, func() string {
		return g.model.outcome(e.ID, e2e, kind == pix.PaymentSettled, g.now)
	})
}

func (g *Generator) receipt() *Step {
	n := g.tick()
	_, a := g.account()
	e := pix.Event{
		ID: "event-" + itoa(n), EndToEndID: endToEndID(n), PixKey: a.key, Amount: money.Centavos(g.amount()), At: g.now,
	}
	if g.rng.IntN(2) == 0 && len(g.e2es) > 0 {
		e.EndToEndID = pixid.EndToEndID(g.e2es[g.rng.IntN(len(g.e2es))])
		if r := g.model.receipts[string(e.EndToEndID)]; r != nil {
			e.Amount = money.Centavos(r.amount)
		}
	}
	if g.rng.IntN(3) == 0 {
		if e.TxID = pick(g, g.model.charges); e.TxID != "" && g.rng.IntN(10) != 0 {
			e.Amount = money.Centavos(g.model.charges[e.TxID].amount)
		}
	} else if g.rng.IntN(15) == 0 {
		e.PixKey = "nobody@example.com"
	}
	g.e2es = append(g.e2es, string(e.EndToEndID))
	what := []string{"processing", "settled", "settled", "failed"}[g.rng.IntN(4)]
	e.Type = pix.EventType("receipt." + what)
	return g.tell(e, func() string {
		return g.model.receipt(e.ID, what, string(e.EndToEndID), e.TxID, e.PixKey, int64(e.Amount), e.At, g.now)
	})
}

// tell makes an event a step, now and whenever the rail repeats it.
func (g *Generator) tell(e pix.Event, judge func() string) *Step {
	again := func() *Step {
		c := &pix.ApplyEvent{Event: e, NewID: pix.MovementID(g.tick()), Now: g.now}
		text := fmt.Sprintf("%s %s: %s%s %s %s %s", e.ID, e.Type, e.TxID, e.PixKey, e.EndToEndID, e.Amount, e.ReturnID)
		if e.MED != nil {
			text += fmt.Sprintf(" of %s for %s, %d", e.MED.CaseID, e.MED.Account, c.NewID)
		}
		return step(text, judge(), c)
	}
	g.events = append(g.events, again)
	return again()
}

func (g *Generator) placeHold() *Step {
	n := g.tick()
	id, a := g.account()
	ofCase := "case-" + itoa(n)
	if g.rng.IntN(6) == 0 && len(g.model.holds) > 0 {
		ofCase = "case-" + itoa(g.model.holds[g.rng.IntN(len(g.model.holds))].id)
	}
	c := &pix.PlaceHold{HoldRequest: ledger.HoldRequest{
		ID: ledger.HoldID(n), Account: id, Reason: ledger.ReasonMED, Amount: money.Centavos(g.amount()),
		Sweep: g.rng.IntN(2) == 0, Case: ofCase, Deadline: g.now.Add(72 * time.Hour),
	}, At: g.now}
	want := g.model.hold(a, n, int64(c.Amount), c.Sweep, ofCase, g.now)
	return step(fmt.Sprintf("hold %d of %s for %s, sweep %t, %s", n, c.Amount, id, c.Sweep, ofCase), want, c)
}

func (g *Generator) endHold() *Step {
	n := g.tick()
	var amount int64
	id := n // nobody's
	if len(g.model.holds) > 0 && g.rng.IntN(20) != 0 {
		h := g.model.holds[g.rng.IntN(len(g.model.holds))]
		if id = h.id; g.rng.IntN(2) == 0 {
			amount = 1 + g.rng.Int64N(h.held+3)
		}
	}
	name := ""
	if g.rng.IntN(3) == 0 {
		name = "step-" + itoa(g.rng.Uint64N(3))
	}
	capture := g.rng.IntN(2) == 0
	want := g.model.end(id, amount, capture, name, g.now)
	text := fmt.Sprintf("%d %s, capture %t, %s", id, money.Centavos(amount), capture, name)
	if capture {
		return step(text, want, &pix.CaptureHold{
			ID: ledger.HoldID(id), Amount: money.Centavos(amount), To: ledger.Settlement, Step: name, At: g.now,
		})
	}
	return step(text, want, &pix.ReleaseHold{
		ID: ledger.HoldID(id), Amount: money.Centavos(amount), Step: name, At: g.now,
	})
}
