package dashboard

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// details is what GET /api/pix/transaction/{id}/details answers.
type details struct {
	Transaction  transactionFacts    `json:"transaction"`
	Description  string              `json:"description"`
	PixKey       string              `json:"pixKey"`
	TxID         string              `json:"txid"`
	ErrorCode    string              `json:"errorCode"`
	ErrorMessage string              `json:"errorMessage"`
	Parent       string              `json:"parentTransactionId"`
	Case         string              `json:"case"`
	Returned     money.Centavos      `json:"returnedAmount"`
	Remaining    money.Centavos      `json:"remainingAmountForRefund"`
	Charge       *chargeFacts        `json:"charge"`
	Holds        []holdFacts         `json:"holds"`
	Returns      []transactionFacts  `json:"returns"`
	Cases        []caseFacts         `json:"medCases"`
	Deliveries   []deliveryFacts     `json:"webhookDeliveries"`
	Timeline     []timelineStepFacts `json:"timeline"`
}

// transactionFacts is one transaction (contract §6.1).
type transactionFacts struct {
	ID          string         `json:"id"`
	ExternalID  string         `json:"externalId"`
	Type        string         `json:"type"`
	Status      string         `json:"status"`
	Original    money.Centavos `json:"originalAmount"`
	Fee         money.Centavos `json:"feeAmount"`
	Final       money.Centavos `json:"finalAmount"`
	EndToEndID  string         `json:"e2eId"`
	Name        string         `json:"counterpartName"`
	Document    string         `json:"counterpartDocument"`
	Branch      string         `json:"counterpartAccountBranch"`
	Number      string         `json:"counterpartAccountNumber"`
	ISPB        string         `json:"counterpartAccountIspb"`
	Bank        string         `json:"counterpartAccountBankName"`
	CreatedAt   time.Time      `json:"createdAt"`
	ProcessedAt time.Time      `json:"processedAt"`
}

// Credit tells whether the transaction brings money to the account.
func (t transactionFacts) Credit() bool { return t.Type == "PAYMENT" || t.Type == "REFUND_OUT" }

// Signed is what it adds to the account, or takes from it: nothing where it failed.
func (t transactionFacts) Signed() money.Centavos {
	switch {
	case t.Status == "ERROR":
		return 0
	case t.Credit():
		return t.Final
	}
	return -t.Final
}

// HasBank tells whether the other side's bank is known.
func (t transactionFacts) HasBank() bool { return t.Bank != "" || t.ISPB != "" }

// State is how far it is.
func (t transactionFacts) State() state { return states[t.Status] }

type holdFacts struct {
	ID        string         `json:"holdId"`
	Reason    string         `json:"reason"`
	Case      string         `json:"case"`
	Requested money.Centavos `json:"requested"`
	Held      money.Centavos `json:"held"`
	Captured  money.Centavos `json:"captured"`
	Released  money.Centavos `json:"released"`
	Shortfall money.Centavos `json:"shortfall"`
	Since     time.Time      `json:"since"`
	Until     time.Time      `json:"until"`
	Deadline  time.Time      `json:"deadline"`
}

// Open tells whether the hold may still change.
func (h holdFacts) Open() bool { return h.Until.IsZero() }

type caseFacts struct {
	ID          string         `json:"idSolicitacaoDevolucao"`
	Status      string         `json:"status"`
	Cause       string         `json:"cause"`
	Description string         `json:"description"`
	Result      string         `json:"analysisResult"`
	Amount      money.Centavos `json:"amount"`
	Blocked     reais          `json:"blockedAmount"`
	CreatedAt   time.Time      `json:"createdAt"`
}

// State is how far the case is, or what it came to.
func (c caseFacts) State() state {
	word := cmp.Or(c.Result, c.Status)
	class := map[string]string{"OPEN": "warn", "RECEIVED": "warn", "APPROVED": "bad", "REJECTED": "good"}[word]
	return state{"transaction.med." + word, class}
}

// Undecided tells whether the case waits for its analysis.
func (c caseFacts) Undecided() bool { return c.Status == "OPEN" || c.Status == "RECEIVED" }

type deliveryFacts struct {
	ID      string    `json:"webhookLogId"`
	Event   string    `json:"event"`
	URL     string    `json:"url"`
	At      time.Time `json:"sentAt"`
	Millis  int64     `json:"millis"`
	Attempt int       `json:"attempt"`
	Resent  bool      `json:"resent"`
	Status  int       `json:"statusCode"`
	Result  string    `json:"result"`
	Error   string    `json:"error"`
	Next    time.Time `json:"nextAttemptAt"`
}

// State is what became of the attempt.
func (d deliveryFacts) State() state {
	class := map[string]string{"delivered": "good", "failed": "warn", "dead": "bad"}[d.Result]
	return state{"transaction.delivery." + d.Result, class}
}

type timelineStepFacts struct {
	At        time.Time `json:"at"`
	Event     string    `json:"event"`
	Amount    reais     `json:"amount"`
	Status    string    `json:"status"`
	Reference string    `json:"reference"`

	Text string `json:"-"`
	Link string `json:"-"` // a transaction
}

// transactionView is what the page of a transaction shows.
type transactionView struct {
	details
	Sandbox    bool
	Refund     *page.Form // nil where nothing can be given back
	Resendable bool
	Problem    string
}

// transaction shows one transaction: what it is, what happened to it, what was blocked
// for it, what was given back of it, and who was told.
func (d *Dashboard) transaction(c *page.Call) error {
	v, err := d.readTransaction(c)
	if err != nil {
		return err
	}
	if err := d.fillRefund(c, v); err != nil {
		return err
	}
	return c.Render("transaction", v.title(c), v)
}

// refundFields are those of the form by which a receipt is given back.
var refundFields = []string{"refundValue", "reason", "externalId"}

func (d *Dashboard) readTransaction(c *page.Call) (*transactionView, error) {
	v := new(transactionView)
	path := page.Path("/api/pix/transaction/%s/details", c.R.PathValue("id"))
	if err := c.Get(path, nil, &v.details); err != nil {
		return nil, err
	}
	var err error
	if v.Sandbox, err = d.sandbox(c); err != nil {
		return nil, err
	}
	if v.Remaining > 0 {
		v.Refund = page.BlankForm(c, refundFields...)
	}
	v.Resendable = v.Transaction.Type != "TRANSFER"
	for i := range v.Timeline {
		v.Timeline[i].tell(c.Lang)
	}
	return v, nil
}

// fillRefund offers to give back all that may be, under an externalId of this page's own.
func (d *Dashboard) fillRefund(c *page.Call, v *transactionView) error {
	if v.Refund == nil {
		return nil
	}
	id, err := d.draw()
	v.Refund.Set("refundValue", c.Lang.Typed(v.Remaining))
	v.Refund.Set("externalId", id)
	return err
}

func (v *transactionView) title(c *page.Call) string {
	return c.Lang.T("transaction.type."+v.Transaction.Type) + " · " + c.Lang.Amount(v.Transaction.Original)
}

// tell writes what a step is in the reader's language.
func (s *timelineStepFacts) tell(l *page.Lang) {
	key := "transaction.event." + s.Event
	switch s.Event {
	case "hold_opened", "hold_closed":
		s.Text = l.T(key, l.Or("blocked.reason."+s.Status, s.Status))
	case "med":
		s.Text = l.T(key, l.Or("transaction.med."+s.Status, s.Status))
	case "webhook":
		s.Text = l.T(key, l.Or("transaction.delivery."+s.Status, s.Status))
	case "failed", "return_failed":
		s.Text = l.T(key)
		if s.Status != "" {
			s.Text += ": " + l.Or("transaction.error."+s.Status, s.Status)
		}
	default:
		s.Text = l.Or(key, s.Event)
	}
	if s.Event == "return_created" || s.Event == "return_confirmed" || s.Event == "return_failed" {
		s.Link = page.Base + page.Path("/transactions/%s", s.Reference)
	}
}

// sandbox tells whether the account is one of play money.
func (d *Dashboard) sandbox(c *page.Call) (bool, error) {
	profile, err := d.Reader.Profile(c.R.Context(), c.Who.Account)
	return profile.Sandbox, err
}

// here is the page of the transaction that a form is about.
func here(c *page.Call) string { return page.Path("/transactions/%s", c.R.PathValue("id")) }

// refund gives a receipt back, whole or in part. The page has drawn the externalId, so
// that a form which is sent twice gives back once.
func (d *Dashboard) refund(c *page.Call) error {
	f := page.TypedForm(c, refundFields...)
	value := f.Amount("refundValue")
	err := f.Err()
	if err == nil {
		err = c.Send(http.MethodPost, page.Path("/api/pix/refund-in/%s", c.R.PathValue("id")), map[string]any{
			"refundValue": value, "reason": f.Optional("reason"), "externalId": f.Optional("externalId"),
		}, nil)
	}
	var p *page.Problem
	switch {
	case err == nil:
		return c.Done(here(c), "transaction.refund")
	case errors.As(err, &p) && p.Code == duplicateID:
		return c.Done(here(c), "again")
	}
	v, readErr := d.readTransaction(c)
	if readErr != nil {
		return readErr
	}
	v.Refund = f
	return f.Show(c, err, "transaction", v.title(c), v)
}

// duplicateID is the API's code for an externalId that was used before. Where a page drew
// it, the same form was sent before.
const duplicateID = "DUPLICATE_EXTERNAL_ID"

// draw draws an externalId for a form. What is sent twice under it is done once.
func (d *Dashboard) draw() (string, error) {
	secret, err := d.NewSecret()
	return "dashboard-" + secret[:min(len(secret), 22)], err
}

// resend tells of the transaction once more, and shows what came of it.
func (d *Dashboard) resend(c *page.Call) error {
	err := c.Send(http.MethodPost, page.Path("/api/resend-webhook/%s", c.R.PathValue("id")), nil, nil)
	var p *page.Problem
	if err == nil {
		return c.Done(here(c), "transaction.resend")
	}
	if !errors.As(err, &p) || p.Status == http.StatusNotFound || p.Code == "" {
		return err
	}
	return d.refused(c, p)
}

// refused shows the transaction, and why what was asked of it was not done.
func (d *Dashboard) refused(c *page.Call, p *page.Problem) error {
	v, err := d.readTransaction(c)
	if err != nil {
		return err
	}
	if v.Problem = c.Lang.Or("problem."+p.Code, ""); v.Problem == "" {
		v.Problem = c.Lang.T("problem.refused") + " " + p.Message
	}
	if err := d.fillRefund(c, v); err != nil {
		return err
	}
	return c.Again(p.Status, "transaction", v.title(c), v)
}

// openCase lets the sandbox open a MED case about the receipt.
func (d *Dashboard) openCase(c *page.Call) error {
	return d.play(c, "/api/sandbox/med", map[string]any{"transactionId": c.R.PathValue("id")}, "sandbox.med")
}

// decideCase lets the sandbox accept or reject a case.
func (d *Dashboard) decideCase(c *page.Call) error {
	decision := c.R.PathValue("decision")
	if decision != "accept" && decision != "reject" {
		return page.ErrNotFound
	}
	return d.play(c, page.Path("/api/sandbox/med/%s/"+decision, c.R.PathValue("case")), nil, "sandbox.med."+decision)
}

// play has the sandbox do something about the transaction.
func (d *Dashboard) play(c *page.Call, path string, body any, done string) error {
	err := c.Send(http.MethodPost, path, body, nil)
	var p *page.Problem
	if errors.As(err, &p) && (p.Status == http.StatusConflict || p.Status == http.StatusBadRequest) {
		return d.refused(c, p)
	}
	if err != nil {
		return err
	}
	return c.Done(here(c), done)
}
