package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// payment accepts and settles payments, each by two durable requests.
func (s *session) payment(ctx context.Context, y *yardstick, h *house, hot bool) error {
	theirs, ours := newTill(y.address, y.address), newTill(h.public, h.operator)
	everyone := func(i int) []payer { return h.share(i, s.Connections) }
	first := func(int) []payer { return h.payers[:1] }
	candidates := []candidate{
		{y.name, false, s.paying(ctx, theirs, everyone)},
		{"saldo", true, s.paying(ctx, ours, everyone)},
	}
	if hot {
		candidates = append(candidates, candidate{"saldo, one account", true, s.paying(ctx, ours, first)})
	}
	if hot && y.alone {
		candidates = append(candidates, candidate{y.name + ", one account", false, s.paying(ctx, theirs, first)})
	}
	rates, err := s.compare(ctx, Payment, candidates...)
	if err != nil {
		return err
	}
	wanted := targetsOf(s.kind)
	s.report.ratio("payment: saldo / "+y.name, rates[1], rates[0], wanted.payment)
	if hot && y.alone {
		s.report.ratio("hot: saldo / "+y.name, rates[2], rates[3], wanted.hot)
	}
	if hot {
		s.report.ratio("hot: one account / many accounts", rates[2], rates[1], wanted.alone)
	}
	if y.check != nil {
		err = y.check(ctx, theirs.count.Load())
	}
	return errors.Join(err, h.check(ctx, ours.count.Load()))
}

// check compares the books with the number of payments that were settled.
func (h *house) check(ctx context.Context, payments int64) error {
	totals, err := h.Store.Totals(ctx)
	if err != nil {
		return err
	}
	customers, fees := totals[ledger.Customer], totals[ledger.Fees]
	spent := money.Centavos(payments) * (amount + fee)
	if left := money.Centavos(len(h.payers))*funds - spent; customers.Posted != left || customers.Held != 0 {
		return fmt.Errorf("books are wrong: customers have %s and %s of it held, want %s and nothing",
			customers.Posted, customers.Held, left)
	}
	if want := money.Centavos(payments) * fee; fees.Posted != want {
		return fmt.Errorf("books are wrong: fees are %s, want %s", fees.Posted, want)
	}
	return nil
}

// till is where payments are made.
type till struct {
	public, operator string
	event            string // what ends each payment
	count            *atomic.Int64
}

// The events that end payments.
const (
	settledEvent  = "payment.settled"
	rejectedEvent = "payment.rejected"
)

func newTill(public, operator string) *till {
	return &till{public: public, operator: operator, event: settledEvent, count: new(atomic.Int64)}
}

// runs tells requests of different runs over one store apart.
var runs atomic.Int64

// cashier makes payments of its accounts in turn: it has each accepted and then
// ended by an event of the rail.
type cashier struct {
	till     *till
	public   *conn
	operator *conn
	place    []head // by account
	events   head
	prefix   string
	turn     int
	answered func(account int) // told of each answer, if there is one

	name, body, request []byte // buffers
}

func (s *session) paying(ctx context.Context, t *till, payers func(i int) []payer) func(int) (worker, error) {
	return func(i int) (worker, error) {
		run := uint64(time.Now().UnixNano()) + uint64(runs.Add(1))
		c := &cashier{till: t, prefix: fmt.Sprintf("bench-%016x-%04d-", run, i)}
		var err error
		if c.public, err = dial(ctx, t.public, s.lifetime()); err != nil {
			return nil, err
		}
		if c.operator, err = dial(ctx, t.operator, s.lifetime()); err != nil {
			return nil, errors.Join(err, c.public.Close())
		}
		for _, p := range payers(i) {
			c.place = append(c.place, newHead("POST", cashOutPath, t.public, p.token))
		}
		c.events = newHead("POST", eventsPath, t.operator, operatorToken)
		return c, nil
	}
}

func (c *cashier) do() error {
	c.name = fmt.Appendf(c.name[:0], "%s%010d", c.prefix, c.turn)
	c.body = placeBody(c.body[:0], c.name)
	c.request = c.place[c.turn%len(c.place)].appendWith(c.request[:0], c.body)
	answer, err := c.public.ask(c.request, http.StatusCreated)
	if err != nil {
		return err
	}
	id, err := textField(answer, "transactionId")
	if err != nil {
		return err
	}
	c.tell()
	c.body = eventBody(c.body[:0], c.name, c.till.event, id)
	c.request = c.events.appendWith(c.request[:0], c.body)
	if answer, err = c.operator.ask(c.request, http.StatusOK); err != nil {
		return err
	}
	if result, err := textField(answer, "result"); err != nil || string(result) != "applied" {
		return fmt.Errorf("event was not applied: %.300s", answer)
	}
	c.tell()
	c.turn++
	c.till.count.Add(1)
	return nil
}

// tell tells of an answer by which the account of this turn has changed.
func (c *cashier) tell() {
	if c.answered != nil {
		c.answered(c.turn % len(c.place))
	}
}

// placeBody appends the body of a payment's request.
func placeBody[T []byte | string](b []byte, externalID T) []byte {
	b = append(b, `{"value":1.00,"externalId":"`...)
	b = append(b, externalID...)
	return append(b, `","description":"Fornecedor","details":{"key":"`+payeeKey+
		`","keyType":"EMAIL","name":"`+payeeName+`","document":"`+payeeDocument+`"}}`...)
}

// eventBody appends the body of a rail's event about a payment.
func eventBody[T []byte | string](b []byte, id T, event string, transactionID []byte) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, id...)
	b = append(b, `","type":"`...)
	b = append(b, event...)
	b = append(b, `","transactionId":"`...)
	b = append(b, transactionID...)
	return append(b, `"}`...)
}

func (c *cashier) close() error { return errors.Join(c.public.Close(), c.operator.Close()) }

// textField finds a field of a flat JSON object whose value is a text without
// escapes.
func textField(object []byte, name string) ([]byte, error) {
	_, rest, ok := bytes.Cut(object, []byte(`"`+name+`":"`))
	value, _, ended := bytes.Cut(rest, []byte(`"`))
	if !ok || !ended {
		return nil, fmt.Errorf("no %s in %.300s", name, object)
	}
	return value, nil
}
