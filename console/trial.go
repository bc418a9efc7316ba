package console

import (
	"time"

	"github.com/saldo-pix/saldo/page"
)

// role is the sum over the accounts of one role.
type role struct {
	Role   string `json:"role"`
	Count  int    `json:"accounts"`
	Posted reais  `json:"posted"`
	Held   reais  `json:"held"`
}

// trial is what GET /trial-balance answers.
type trial struct {
	Roles      []role    `json:"roles"`
	Difference reais     `json:"difference"`
	Balanced   bool      `json:"balanced"`
	At         time.Time `json:"consultedAt"`
}

// trialBalance shows the sums of all accounts by role, which come to nothing.
func (o *Console) trialBalance(c *page.Call) error {
	var v trial
	if err := c.Get("/trial-balance", nil, &v); err != nil {
		return err
	}
	return c.Render("trial", c.Lang.T("trial.title"), v)
}
