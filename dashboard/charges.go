package dashboard

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// chargeFacts is a charge as GET /api/pix/charges shows it.
type chargeFacts struct {
	ID          string         `json:"transactionId"`
	ExternalID  string         `json:"externalId"`
	TxID        string         `json:"txid"`
	Status      string         `json:"status"`
	Value       money.Centavos `json:"value"`
	Description string         `json:"description"`
	PayerName   string         `json:"payerName"`
	CreatedAt   time.Time      `json:"generateTime"`
	ExpiresAt   time.Time      `json:"expirationDate"`
	ProcessedAt time.Time      `json:"processedAt"`
	PixCode     string         `json:"pixCode"`
	Image       string         `json:"qrCodeImage"`
}

// State is how far the charge is.
func (f chargeFacts) State() state {
	class := map[string]string{"ACTIVE": "warn", "PROCESSING": "warn", "PAID": "good", "EXPIRED": "", "ERROR": "bad"}
	return state{"charge.status." + f.Status, class[f.Status]}
}

// Active tells whether it can be paid.
func (f chargeFacts) Active() bool { return f.Status == "ACTIVE" }

// Picture is its QR code as a data URL. It is the API's own, and never anything else.
func (f chargeFacts) Picture() template.URL {
	if !strings.HasPrefix(f.Image, "data:image/png;base64,") {
		return ""
	}
	return template.URL(f.Image)
}

// charges lists charges, newest first.
func (d *Dashboard) charges(c *page.Call) error {
	var v struct {
		Data     []chargeFacts `json:"data"`
		Next     string        `json:"next"`
		First    bool
		More     string
		Statuses []page.Choice
	}
	query := url.Values{"status": {c.Query("status")}, "before": {c.Query("before")}}
	if err := c.Get("/api/pix/charges", query, &v); err != nil {
		return err
	}
	v.First = c.Query("before") == ""
	if v.Next != "" {
		query.Set("before", v.Next)
		v.More = page.Base + "/charges?" + query.Encode()
	}
	v.Statuses = choices(c, "charge.status.", c.Query("status"), "", "ACTIVE", "PAID", "EXPIRED", "ERROR")
	return c.Render("charges", c.Lang.T("charge.title"), v)
}

// chargeFields are those of the form of a new charge, named as the API names them.
var chargeFields = []string{
	"transaction.value", "transaction.description", "payer.fullName", "payer.document", "transaction.expirationTime",
	"transaction.externalId", "scenario",
}

// newChargeView is what the form of a new charge shows.
type newChargeView struct {
	Form      *page.Form
	Lives     []page.Choice // how long the charge can be paid, in seconds
	Sandbox   bool
	Scenarios []page.Choice
}

func (d *Dashboard) newChargeView(c *page.Call, f *page.Form) (newChargeView, error) {
	sandbox, err := d.sandbox(c)
	return newChargeView{
		Form: f, Sandbox: sandbox,
		Lives:     choices(c, "charge.life.", "", "900", "3600", "86400", "604800"),
		Scenarios: choices(c, "sandbox.scenario.", "", "unpaid", "success", "delayed:30s", "error:account-blocked"),
	}, err
}

// newCharge shows the form of a new charge.
func (d *Dashboard) newCharge(c *page.Call) error {
	f := page.BlankForm(c, chargeFields...)
	id, err := d.draw()
	if err != nil {
		return err
	}
	f.Set("transaction.externalId", id)
	f.Set("transaction.expirationTime", "86400")
	v, err := d.newChargeView(c, f)
	if err != nil {
		return err
	}
	return c.Render("charge-new", c.Lang.T("charge.new"), v)
}

// createCharge makes a charge and shows it.
func (d *Dashboard) createCharge(c *page.Call) error {
	f := page.TypedForm(c, chargeFields...)
	v, err := d.newChargeView(c, f)
	if err != nil {
		return err
	}
	body := map[string]any{
		"transaction": map[string]any{
			"value": f.Amount("transaction.value"), "description": f.Optional("transaction.description"),
			"externalId":     f.Optional("transaction.externalId"),
			"expirationTime": f.Number("transaction.expirationTime"),
		},
		"payer": map[string]any{"fullName": f.Optional("payer.fullName"), "document": f.Optional("payer.document")},
	}
	if scenario := f.Value("scenario"); v.Sandbox && scenario != "" {
		c.Header = http.Header{"X-Sandbox-Scenario": {scenario}}
	}
	var made struct {
		ID string `json:"transactionId"`
	}
	if err = f.Err(); err == nil {
		err = c.Send(http.MethodPost, "/api/pix/cash-in", body, &made)
	}
	var p *page.Problem
	if errors.As(err, &p) && p.Code == duplicateID {
		if first, ok := p.Details["transactionId"].(string); ok {
			return c.Done(page.Path("/charges/%s", first), "again")
		}
	}
	if err != nil {
		return f.Show(c, err, "charge-new", c.Lang.T("charge.new"), v)
	}
	return c.Done(page.Path("/charges/%s", made.ID), "charge")
}

// chargeView is what the page of a charge shows.
type chargeView struct {
	chargeFacts
	Sandbox bool
	Problem string
}

// charge shows a charge with its QR code. A charge that is paid is a transaction.
func (d *Dashboard) charge(c *page.Call) error { return d.showCharge(c, http.StatusOK, "") }

func (d *Dashboard) showCharge(c *page.Call, status int, problem string) error {
	var found details
	err := c.Get(page.Path("/api/pix/transaction/%s/details", c.R.PathValue("id")), nil, &found)
	if err != nil {
		return err
	}
	if found.Charge == nil {
		return page.ErrNotFound
	}
	v := chargeView{chargeFacts: *found.Charge, Problem: problem}
	if v.Sandbox, err = d.sandbox(c); err != nil {
		return err
	}
	return c.Again(status, "charge", c.Lang.T("charge.one", c.Lang.Amount(v.Value)), v)
}

// payCharge lets the sandbox pay the charge.
func (d *Dashboard) payCharge(c *page.Call) error {
	err := c.Send(http.MethodPost, page.Path("/api/sandbox/charges/%s/pay", c.R.PathValue("id")), nil, nil)
	var p *page.Problem
	if errors.As(err, &p) && p.Status == http.StatusConflict {
		return d.showCharge(c, p.Status, c.Lang.T("sandbox.charge.refused"))
	}
	if err != nil {
		return err
	}
	return c.Done(page.Path("/charges/%s", c.R.PathValue("id")), "sandbox.charge")
}
