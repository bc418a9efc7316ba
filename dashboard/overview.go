package dashboard

import (
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// balance is what GET /api/balance answers (contract §3.1).
type balance struct {
	Gross   money.Centavos `json:"grossBalance"`
	Blocked money.Centavos `json:"blockedBalance"`
	Net     money.Centavos `json:"netBalance"`
	At      time.Time      `json:"consultedAt"`
}

// overview is the first page: the three figures, live.
func (d *Dashboard) overview(c *page.Call) error {
	var now balance
	if err := c.Get("/api/balance", nil, &now); err != nil {
		return err
	}
	return c.Render("overview", c.Lang.T("overview.title"), now)
}
