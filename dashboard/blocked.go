package dashboard

import (
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// blockedView is what GET /api/balance/blocked answers.
type blockedView struct {
	balance
	Totals []struct {
		Reason    string         `json:"reason"`
		Holds     int            `json:"holds"`
		Held      money.Centavos `json:"held"`
		Shortfall money.Centavos `json:"shortfall"`
	} `json:"totals"`
	Holds []openHold `json:"holds"`
	Next  string     `json:"next"`
}

// openHold is one open hold.
type openHold struct {
	ID          string         `json:"holdId"`
	Reason      string         `json:"reason"`
	Transaction string         `json:"transactionId"`
	Case        string         `json:"case"`
	Held        money.Centavos `json:"held"`
	Requested   money.Centavos `json:"requested"`
	Shortfall   money.Centavos `json:"shortfall"`
	Since       time.Time      `json:"since"`
	Deadline    time.Time      `json:"deadline"`

	Lasts string `json:"-"` // how long it has been open
	Late  bool   `json:"-"` // its deadline is over
}

// blocked shows why money is blocked: totals by reason, and every open hold.
func (d *Dashboard) blocked(c *page.Call) error {
	var v struct {
		blockedView
		First bool // page
		More  string
	}
	query := url.Values{}
	if after := c.Query("after"); after != "" {
		query.Set("after", after)
	}
	if err := c.Get("/api/balance/blocked", query, &v.blockedView); err != nil {
		return err
	}
	for i := range v.Holds {
		h := &v.Holds[i]
		h.Lasts = c.Lang.Ago(v.At.Sub(h.Since))
		h.Late = !h.Deadline.IsZero() && v.At.After(h.Deadline)
	}
	v.First = len(query) == 0
	if v.Next != "" {
		v.More = page.Base + "/blocked?" + url.Values{"after": {v.Next}}.Encode()
	}
	return c.Render("blocked", c.Lang.T("blocked.title"), v)
}
