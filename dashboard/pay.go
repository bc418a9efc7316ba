package dashboard

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/report"
)

// payFields are those of the form of a payment, named as the API names them. Those of a
// code are beside those of a key.
var payFields = []string{
	"way", "value", "details.keyType", "details.key", "details.name", "details.document", "qrCode", "description",
	"externalId",
}

// payView is what the form of a payment shows.
type payView struct {
	Form  *page.Form
	Code  bool // a QR code is paid, and not a key
	Types []page.Choice
	// Fields are all of the form's, which the button that pays sends again.
	Fields []string
	Trial  *trial // what would become of it; nil while that was not asked
}

// trial is what POST /api/pix/cash-out with dryRun answers.
type trial struct {
	WouldPass bool           `json:"wouldPass"`
	Value     money.Centavos `json:"value"`
	Fee       money.Centavos `json:"fee"`
	Total     money.Centavos `json:"total"`
	Net       report.Amount  `json:"netBalance"`
	After     report.Amount  `json:"netAfter"`
	Reason    string         `json:"reason"`

	Why      string `json:"-"` // the reason in the reader's language
	Expected string `json:"-"` // net as requests write it
}

func newPayView(c *page.Call, f *page.Form) payView {
	return payView{
		Form: f, Code: f.Value("way") == "code",
		Types:  choices(c, "pay.type.", "", "DOCUMENT", "EMAIL", "PHONE", "RANDOM"),
		Fields: payFields,
	}
}

// newPayment shows the form of a payment: to a key, or by a QR code.
func (d *Dashboard) newPayment(c *page.Call) error {
	f := page.BlankForm(c, payFields...)
	id, err := d.draw()
	if err != nil {
		return err
	}
	f.Set("externalId", id)
	f.Set("way", c.Query("way"))
	return c.Render("pay", c.Lang.T("pay.title"), newPayView(c, f))
}

// payment makes the request of what was typed. What a key needs is nothing to a code.
func (v *payView) payment() (path string, body map[string]any) {
	f := v.Form
	body = map[string]any{
		"value": f.Amount("value"), "externalId": f.Optional("externalId"), "description": f.Optional("description"),
	}
	if v.Code {
		body["qrCode"] = f.Optional("qrCode")
		return "/api/pix/cash-out-qrcode", body
	}
	body["details"] = map[string]any{
		"key": f.Optional("details.key"), "keyType": f.Optional("details.keyType"),
		"name": f.Optional("details.name"), "document": f.Optional("details.document"),
	}
	return "/api/pix/cash-out", body
}

// tryPayment asks what would become of a payment, and shows it with a button that makes
// it.
func (d *Dashboard) tryPayment(c *page.Call) error {
	f := page.TypedForm(c, payFields...)
	v := newPayView(c, f)
	path, body := v.payment()
	body["dryRun"] = true
	err := f.Err()
	if err == nil {
		v.Trial = new(trial)
		err = c.Send(http.MethodPost, path, body, v.Trial)
	}
	if err != nil {
		v.Trial = nil
		return f.Show(c, err, "pay", c.Lang.T("pay.title"), v)
	}
	v.Trial.Expected = v.Trial.Net.String()
	v.Trial.Why = c.Lang.Or("problem."+v.Trial.Reason, v.Trial.Reason)
	return c.Again(http.StatusOK, "pay", c.Lang.T("pay.check"), v)
}

// createPayment makes the payment, if net is what it was when its payer decided.
func (d *Dashboard) createPayment(c *page.Call) error {
	f := page.TypedForm(c, payFields...)
	v := newPayView(c, f)
	path, body := v.payment()
	if expected := c.Form("expected"); expected != "" {
		body["expectedNetBalance"] = json.Number(expected)
	}
	var made struct {
		ID string `json:"transactionId"`
	}
	err := f.Err()
	if err == nil {
		err = c.Send(http.MethodPost, path, body, &made)
	}
	var p *page.Problem
	if errors.As(err, &p) && p.Code == duplicateID {
		if first, ok := p.Details["transactionId"].(string); ok {
			return c.Done(page.Path("/transactions/%s", first), "again")
		}
	}
	if errors.As(err, &p) && p.Code == "BALANCE_CHANGED" {
		return d.tryPayment(c) // what it would leave now
	}
	if err != nil {
		return f.Show(c, err, "pay", c.Lang.T("pay.title"), v)
	}
	return c.Done(page.Path("/transactions/%s", made.ID), "pay")
}
