package operator

import (
	"context"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// countMax bounds how many of a kind are counted for one answer.
const countMax = 20_000

// countResponse is how many there are. More tells that there are more than were
// counted.
type countResponse struct {
	Count int  `json:"count"`
	More  bool `json:"more"`
}

// openCount is a countResponse of things that wait, with when the longest waiting
// came.
type openCount struct {
	countResponse
	Oldest *string `json:"oldestAt"`
}

// houseResponse is what the whole house has, in reais.
type houseResponse struct {
	At         string            `json:"consultedAt"`
	Customers  customersResponse `json:"customers"`
	Settlement money.Centavos    `json:"settlement"`
	Fees       money.Centavos    `json:"fees"`
	Suspense   money.Centavos    `json:"suspense"`
	Difference money.Centavos    `json:"difference"` // of the trial balance; must be zero
	Orders     []openOrders      `json:"openOrders"` // by rail
	Items      openCount         `json:"suspenseItems"`
	Letters    countResponse     `json:"deadLetters"`
	Holds      heldResponse      `json:"openHolds"`
	MED        heldResponse      `json:"medHolds"`
}

// customersResponse is what all customers have together, in reais.
type customersResponse struct {
	Accounts int            `json:"accounts"`
	Gross    money.Centavos `json:"gross"`
	Blocked  money.Centavos `json:"blocked"`
	Net      money.Centavos `json:"net"`
}

// openOrders are the payments and returns of one rail of which it has not told the
// outcome, in reais.
type openOrders struct {
	Rail string `json:"rail"`
	openCount
	Amount money.Centavos `json:"amount"` // of those that were counted
}

// house is GET /house.
func (s *Server) house(w http.ResponseWriter, r *http.Request) error {
	totals, err := s.totals.get(r.Context())
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, totals)
}

// findTotals adds up the whole house.
func (s *Server) findTotals(ctx context.Context) (houseResponse, error) {
	out := houseResponse{At: wire.Timestamp(s.Now())}
	totals, err := s.Reader.Totals(ctx)
	if err != nil {
		return out, err
	}
	customers := totals[ledger.Customer]
	out.Customers = customersResponse{
		Accounts: customers.Accounts, Gross: customers.Posted, Blocked: customers.Held,
		Net: customers.Posted - customers.Held,
	}
	out.Settlement, out.Fees = totals[ledger.Settlement].Posted, totals[ledger.Fees].Posted
	out.Suspense = totals[ledger.Suspense].Posted
	out.Difference = out.Customers.Gross + out.Settlement + out.Fees + out.Suspense
	for _, rail := range []pix.Topic{pix.RailHTTP, pix.RailSandbox} {
		orders, err := s.countOrders(ctx, rail)
		if err != nil {
			return out, err
		}
		out.Orders = append(out.Orders, orders)
	}
	if out.Items, err = s.countSuspense(ctx); err != nil {
		return out, err
	}
	if out.Letters, err = s.countLetters(ctx); err != nil {
		return out, err
	}
	holds, err := s.holds.get(ctx)
	if err != nil {
		return out, err
	}
	out.Holds = holds.Total
	for _, reason := range holds.By {
		if reason.Reason == ledger.ReasonMED.String() {
			out.MED = reason.heldResponse
		}
	}
	return out, nil
}

// countOrders counts the open orders of a rail.
func (s *Server) countOrders(ctx context.Context, rail pix.Topic) (openOrders, error) {
	out := openOrders{Rail: string(rail)}
	var oldest time.Time
	after, seen := uint64(0), 0
	for seen < countMax {
		jobs, err := s.Reader.Jobs(ctx, rail, after, pageMax)
		if err != nil || len(jobs) == 0 {
			return out, err
		}
		ids := make([]pix.MovementID, len(jobs))
		for i, job := range jobs {
			ids[i] = pix.MovementID(job.ID)
		}
		movements, err := s.Reader.MovementsNumbered(ctx, ids)
		if err != nil {
			return out, err
		}
		for _, m := range movements {
			if !ordered(m) {
				continue
			}
			out.Count++
			out.Amount += m.Amount
			if oldest.IsZero() || m.CreatedAt.Before(oldest) {
				oldest = m.CreatedAt
			}
		}
		out.Oldest = wire.OptionalTimestamp(oldest)
		if len(jobs) < pageMax {
			return out, nil
		}
		after, seen = jobs[len(jobs)-1].ID, seen+len(jobs)
	}
	out.More = true
	return out, nil
}

// countSuspense counts the items that are open.
func (s *Server) countSuspense(ctx context.Context) (out openCount, err error) {
	after, seen := uint64(0), 0
	for seen < countMax {
		items, err := s.suspenseItems(ctx, after, pageMax)
		if err != nil {
			return out, err
		}
		for _, item := range items {
			if item.resolution != nil {
				continue
			}
			if out.Count++; out.Oldest == nil {
				out.Oldest = wire.OptionalTimestamp(item.ReceivedAt)
			}
		}
		if len(items) < pageMax {
			return out, nil
		}
		after, seen = items[len(items)-1].ID, seen+len(items)
	}
	out.More = true
	return out, nil
}

// countLetters counts the dead letters.
func (s *Server) countLetters(ctx context.Context) (out countResponse, err error) {
	before := uint64(0)
	for out.Count < countMax {
		letters, err := s.Reader.Records(ctx, pix.RecordDeadLetter, 0, before, pageMax)
		if err != nil {
			return out, err
		}
		out.Count += len(letters)
		if len(letters) < pageMax {
			return out, nil
		}
		before = letters[len(letters)-1].Number
	}
	out.More = true
	return out, nil
}
