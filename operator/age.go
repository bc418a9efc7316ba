package operator

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/wire"
)

// holdAges are the ages by which open holds are told apart, the oldest first, and
// what lies between them is called.
var holdAges = []time.Duration{7 * 24 * time.Hour, 72 * time.Hour, 24 * time.Hour, time.Hour}

var holdAgeNames = []string{"over 7d", "under 7d", "under 72h", "under 24h", "under 1h"}

// heldResponse is a sum over open holds, in reais.
type heldResponse struct {
	Holds     int            `json:"holds"`
	Held      money.Centavos `json:"held"`
	Shortfall money.Centavos `json:"shortfall"`
	Oldest    *string        `json:"oldestAt"`

	oldest time.Time
}

func (h *heldResponse) add(a book.AgedHolds) {
	h.Holds += a.Holds
	h.Held += a.Held
	h.Shortfall += a.Shortfall
	if h.oldest.IsZero() || a.Oldest.Before(h.oldest) {
		h.oldest, h.Oldest = a.Oldest, wire.OptionalTimestamp(a.Oldest)
	}
}

// ageResponse is a sum over open holds of one age.
type ageResponse struct {
	Age string `json:"age"`
	heldResponse
}

// reasonResponse is a sum over open holds of one reason, by age.
type reasonResponse struct {
	Reason string `json:"reason"`
	heldResponse
	Ages []ageResponse `json:"ages"`
}

// holdsSummary are all open holds of all accounts.
type holdsSummary struct {
	At    string           `json:"consultedAt"`
	Total heldResponse     `json:"total"`
	Ages  []ageResponse    `json:"ages"`
	By    []reasonResponse `json:"reasons"`
}

// summarizeHolds is GET /holds/summary.
func (s *Server) summarizeHolds(w http.ResponseWriter, r *http.Request) error {
	summary, err := s.holds.get(r.Context())
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, summary)
}

// findHolds adds up all open holds, by reason and age.
func (s *Server) findHolds(ctx context.Context) (holdsSummary, error) {
	now := s.Now()
	var instants []time.Time
	for _, age := range holdAges {
		// What is that old is not under it, and times are kept in microseconds.
		instants = append(instants, now.Add(time.Microsecond-age))
	}
	aged, err := s.Reader.HoldsByAge(ctx, instants)
	if err != nil {
		return holdsSummary{}, err
	}
	out := holdsSummary{At: wire.Timestamp(now), Ages: newAges(), By: []reasonResponse{}}
	for _, a := range aged {
		if n := len(out.By); n == 0 || out.By[n-1].Reason != a.Reason.String() {
			out.By = append(out.By, reasonResponse{Reason: a.Reason.String(), Ages: newAges()})
		}
		reason := &out.By[len(out.By)-1]
		young := len(holdAges) - a.Stretch // ages are shown with the youngest first
		for _, sum := range []*heldResponse{
			&out.Total, &out.Ages[young].heldResponse, &reason.heldResponse, &reason.Ages[young].heldResponse,
		} {
			sum.add(a)
		}
	}
	return out, nil
}

// newAges are sums of nothing, the youngest first.
func newAges() []ageResponse {
	ages := make([]ageResponse, 0, len(holdAgeNames))
	for _, name := range slices.Backward(holdAgeNames) {
		ages = append(ages, ageResponse{Age: name})
	}
	return ages
}
