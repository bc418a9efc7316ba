package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// Bounds of a history.
const (
	historyStepsMax   = 1_000
	historyChangesMax = 500_000
	historyPatience   = 20 * time.Second // less than an answer may take
	historiesMax      = 4                // that are made at the same time
	historyDefault    = 24 * time.Hour
)

// historySteps are the lengths that the steps of a history can have. A day is one
// of São Paulo, which has its own length.
var historySteps = map[string]time.Duration{
	"1m": time.Minute, "5m": 5 * time.Minute, "15m": 15 * time.Minute, "1h": time.Hour, "1d": 0,
}

// balanceHistory is how net went, for charts. Amounts are in reais.
type balanceHistory struct {
	From  string        `json:"from"`
	To    string        `json:"to"`
	Step  string        `json:"step"`
	Steps []historyStep `json:"steps"`
}

// historyStep is one step: from counts to it, to does not.
type historyStep struct {
	From           string         `json:"from"`
	To             string         `json:"to"`
	Opening        money.Centavos `json:"openingNet"`
	Closing        money.Centavos `json:"closingNet"`
	Lowest         money.Centavos `json:"lowestNet"`
	Highest        money.Centavos `json:"highestNet"`
	ClosingGross   money.Centavos `json:"closingGross"`
	ClosingBlocked money.Centavos `json:"closingBlocked"`
	Changes        int            `json:"changes"`
}

// history is GET /api/balance/history?from=&to=&step=.
func (s *Server) history(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	from, to := s.readHistory(in)
	step := in.OneOf("step", "1m", "5m", "15m", "1h", "1d")
	if step == "" {
		step = "1h"
	}
	bounds := historyBounds(from, to, historySteps[step])
	if len(bounds)-1 > historyStepsMax {
		in.Refuse("step", fmt.Sprintf("must be longer, or the time shorter: at most %d steps", historyStepsMax))
	}
	if err := in.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), historyPatience)
	defer cancel()
	stretches, err := s.chart(ctx, who, bounds)
	if err != nil {
		return ownAccount(err)
	}
	out := balanceHistory{
		From: wire.Timestamp(from), To: wire.Timestamp(to), Step: step, Steps: make([]historyStep, 0, len(stretches)),
	}
	for _, at := range stretches {
		out.Steps = append(out.Steps, historyStep{
			From: wire.Timestamp(at.From), To: wire.Timestamp(at.Until), Opening: at.Opening,
			Closing: at.Closing.Available(), Lowest: at.Lowest, Highest: at.Highest, ClosingGross: at.Closing.Posted,
			ClosingBlocked: at.Closing.Held, Changes: at.Changes,
		})
	}
	w.Header()["Cache-Control"] = privately
	return wire.Write(w, http.StatusOK, out)
}

// chart looks through the changes of a time, together with few others only.
func (s *Server) chart(ctx context.Context, who auth.Identity, bounds []time.Time) ([]book.Stretch, error) {
	select {
	case s.histories <- struct{}{}:
		defer func() { <-s.histories }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	from, until := bounds[0], bounds[len(bounds)-1]
	opening, err := s.Reader.BalanceAt(ctx, who.Account, from.Add(-time.Microsecond))
	if err != nil {
		return nil, err
	}
	return book.Chart(opening, bounds, s.Reader.Past(ctx, who.Account, from, until), historyChangesMax)
}

// readHistory reads the time of a history: the last day if nothing is said. What
// lies ahead of now is left out. A date is a whole day in São Paulo.
func (s *Server) readHistory(in *wire.Query) (from, to time.Time) {
	now := s.Now().UTC().Truncate(time.Microsecond)
	to, whole := in.Instant("to", pix.DayStart)
	if whole {
		to = nextDay(to)
	}
	if to.IsZero() || to.After(now) {
		to = now
	}
	if from, _ = in.Instant("from", pix.DayStart); from.IsZero() {
		from = to.Add(-historyDefault)
	}
	if !from.Before(to) {
		in.Refuse("from", "must be before to, and before now")
	}
	return from, to
}

// historyBounds returns from, the instants after it at which steps begin, and to.
// Steps begin at whole multiples of their length, days at midnight in São Paulo. It
// returns no more bounds than it takes to see that they are too many.
func historyBounds(from, to time.Time, step time.Duration) []time.Time {
	bounds := []time.Time{from}
	for at := from; len(bounds) <= historyStepsMax; {
		if step == 0 {
			at = nextDay(at)
		} else {
			at = at.Truncate(step).Add(step)
		}
		if !at.Before(to) {
			break
		}
		bounds = append(bounds, at)
	}
	return append(bounds, to)
}

// nextDay is the beginning of the day after at's in São Paulo.
func nextDay(at time.Time) time.Time {
	year, month, day := pix.DayOf(at)
	return pix.DayStart(year, month, day+1)
}
