package httpapi

import (
	"slices"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// timelineStep is something that happened to a transaction. Amounts are in reais.
type timelineStep struct {
	At        string          `json:"at"`
	Event     string          `json:"event"`
	Amount    *money.Centavos `json:"amount"`
	Status    *string         `json:"status"`    // reason of a hold, error code, status of a case, result of a delivery
	Reference *string         `json:"reference"` // the hold, the return, the case or the delivery
}

// timeline gathers steps.
type timeline struct{ steps []datedStep }

type datedStep struct {
	at time.Time
	timelineStep
}

func (t *timeline) add(at time.Time, event string, amount *money.Centavos, status, reference string) {
	if at.IsZero() {
		return
	}
	t.steps = append(t.steps, datedStep{at, timelineStep{
		wire.Timestamp(at), event, amount, wire.Optional(status), wire.Optional(reference),
	}})
}

// sorted returns the steps, oldest first. Those of one instant stay in the order in
// which they were added.
func (t *timeline) sorted() []timelineStep {
	slices.SortStableFunc(t.steps, func(a, b datedStep) int { return a.at.Compare(b.at) })
	out := make([]timelineStep, 0, len(t.steps))
	for i := range t.steps {
		out = append(out, t.steps[i].timelineStep)
	}
	return out
}

// newTimeline begins with what the movement itself says.
func newTimeline(m *pix.Movement, now time.Time) *timeline {
	t := new(timeline)
	t.add(m.CreatedAt, "created", &m.Amount, "", "")
	switch {
	case m.Status == pix.Confirmed:
		total := m.Total()
		t.add(m.ProcessedAt, "confirmed", &total, "", "")
	case m.Status == pix.Failed:
		t.add(m.ProcessedAt, "failed", nil, m.ErrorCode, "")
	case m.Kind == pix.Receipt && !m.Processing && now.After(m.ExpiresAt):
		t.add(m.ExpiresAt, "expired", nil, "", "")
	}
	return t
}

func (t *timeline) hold(h *ledger.Hold) {
	t.add(h.OpenedAt, "hold_opened", &h.Requested, h.Reason.String(), h.ID.String())
	captured := h.Captured
	t.add(h.ClosedAt, "hold_closed", &captured, h.Reason.String(), h.ID.String())
}

func (t *timeline) returned(m *pix.Movement) {
	t.add(m.CreatedAt, "return_created", &m.Amount, "", m.ID.String())
	switch m.Status {
	case pix.Confirmed:
		t.add(m.ProcessedAt, "return_confirmed", &m.Amount, "", m.ID.String())
	case pix.Failed:
		t.add(m.ProcessedAt, "return_failed", &m.Amount, m.ErrorCode, m.ID.String())
	}
}

func (t *timeline) medCase(c *pix.MEDCase) {
	for _, step := range c.History {
		status := string(step.Status)
		if step.Status == pix.MEDAnalyzed && c.Result != "" {
			status = string(c.Result)
		}
		t.add(step.At, "med", &c.Amount, status, c.ID)
	}
}

func (t *timeline) delivery(d *webhook.LoggedDelivery) {
	t.add(d.At, "webhook", nil, string(d.Result), strconv.FormatUint(d.ID, 10))
}
