package console

import (
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/page"
)

// order is a payment or return of which the rail has not told the outcome.
type order struct {
	Type          string    `json:"type"` // payment or return
	TransactionID string    `json:"transactionId"`
	AccountID     string    `json:"accountId"`
	EndToEndID    string    `json:"endToEndId"`
	OriginalID    string    `json:"originalTransactionId"` // of a return
	Amount        reais     `json:"amount"`
	PixKey        string    `json:"pixKey"`
	Name          string    `json:"name"`
	Document      string    `json:"document"`
	Attempts      int       `json:"attempts"`
	CreatedAt     time.Time `json:"createdAt"`
	ExpiresAt     time.Time `json:"expiresAt"`
}

// ordersView is the page of open orders.
type ordersView struct {
	clock
	Rails  []page.Choice
	Orders []order
	onward
}

// orders lists what is on its way at a rail.
func (o *Console) orders(c *page.Call) error {
	rail := among(c, "rail", "http", "sandbox")
	found, to, err := read[order](c, "/rail/orders", "after", url.Values{"rail": {rail}})
	if err != nil {
		return err
	}
	v := ordersView{clock: clock{o.Now()}, Orders: found.Data, onward: to}
	v.Rails = choices(c.Lang, "orders.rail.", "http", "sandbox")
	for i := range v.Rails {
		v.Rails[i].Chosen = v.Rails[i].Value == rail
	}
	for i := range v.Orders {
		one := &v.Orders[i]
		one.Document, one.PixKey = maskedDocument(one.Document), maskedKey(one.PixKey)
	}
	return c.Render("orders", c.Lang.T("orders.title"), v)
}

// Old tells whether an order waits longer than a Pix should take.
func (v ordersView) Old(of order) bool { return v.Since(of.CreatedAt) >= ordersOldAfter }
