package console

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/page"
)

// suspended is an event that fits nothing. Amount is what it posted to the suspense
// account.
type suspended struct {
	ID         string      `json:"id"`
	EventID    string      `json:"eventId"`
	Type       string      `json:"type"`
	Reason     string      `json:"reason"`
	Amount     reais       `json:"amount"`
	ReceivedAt time.Time   `json:"receivedAt"`
	Event      railEvent   `json:"event"`
	Resolution *resolution `json:"resolution"` // nil while it is open
}

// railEvent is what a rail told, as far as pages show it. What is not a text or not as
// it should be is left out: rails tell what they want.
type railEvent struct {
	EndToEndID, ReturnID, TransactionID, TxID, PixKey, Amount string
	PayerName, PayerDocument, PayerBank                       string
	ErrorCode, ErrorMessage, CaseID, At                       string
}

// UnmarshalJSON reads an event, whatever it holds.
func (e *railEvent) UnmarshalJSON(raw []byte) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	var payer map[string]json.RawMessage
	_ = json.Unmarshal(fields["payer"], &payer) // without one there is none to show
	*e = railEvent{
		EndToEndID: word(fields["endToEndId"]), ReturnID: word(fields["returnId"]), TxID: word(fields["txId"]),
		TransactionID: word(fields["transactionId"]), PixKey: maskedKey(word(fields["pixKey"])),
		Amount: word(fields["amount"]), PayerName: word(payer["name"]),
		PayerDocument: maskedDocument(word(payer["document"])),
		PayerBank:     cmp.Or(word(payer["bankName"]), word(payer["ispb"])),
		ErrorCode:     word(fields["errorCode"]), ErrorMessage: word(fields["errorMessage"]),
		CaseID: word(fields["caseId"]), At: word(fields["at"]),
	}
	return nil
}

// HasPayer tells whether the rail told who paid.
func (e railEvent) HasPayer() bool { return e.PayerName+e.PayerDocument != "" }

// HasError tells whether the rail told why something failed.
func (e railEvent) HasError() bool { return e.ErrorCode+e.ErrorMessage != "" }

// wordMax bounds what is shown of a text that a rail told, in bytes.
const wordMax = 300

// word is a text or a number, and nothing for anything else.
func word(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return strings.ToValidUTF8(text[:min(len(text), wordMax)], "")
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// resolution tells how an item was resolved.
type resolution struct {
	Action        string    `json:"action"`
	AccountID     string    `json:"accountId"`
	TransactionID string    `json:"transactionId"`
	By            string    `json:"by"`
	Note          string    `json:"note"`
	At            time.Time `json:"at"`
}

// suspenseView is the page of what is in suspense.
type suspenseView struct {
	clock
	Statuses []page.Choice
	Open     bool // whether those that are open are shown
	Items    []suspended
	onward
}

// suspense lists events that fit nothing.
func (o *Console) suspense(c *page.Call) error {
	status := among(c, "status", "open", "resolved", "all")
	found, to, err := read[suspended](c, "/suspense", "after", url.Values{"status": {status}})
	if err != nil {
		return err
	}
	v := suspenseView{clock: clock{o.Now()}, Open: status == "open", Items: found.Data, onward: to}
	v.Statuses = choices(c.Lang, "suspense.status.", "open", "resolved", "all")
	for i := range v.Statuses {
		v.Statuses[i].Chosen = v.Statuses[i].Value == status
	}
	return c.Render("suspense", c.Lang.T("suspense.title"), v)
}

// itemView is the page of one item, with the means to solve it.
type itemView struct {
	clock
	Item    suspended
	Actions []page.Choice
	Form    *page.Form
}

// itemFields are the form's.
var itemFields = []string{"action", "accountId", "note", "by"}

// actions are the solutions that may fit an item: those that move its money, or for
// one without money those that move none.
func (s *suspended) actions() []string {
	switch {
	case s.Amount > 0:
		return []string{"apply", "credit", "returned", "house"}
	case s.Amount < 0:
		return []string{"apply", "debit", "returned", "house"}
	}
	return []string{"apply", "dismiss"}
}

// item finds an item. The API lists items in the order of their numbers.
func (o *Console) item(c *page.Call, f *page.Form) (itemView, error) {
	id, err := strconv.ParseUint(c.R.PathValue("id"), 10, 64)
	if err != nil || id == 0 {
		return itemView{}, page.ErrNotFound
	}
	var found list[suspended]
	query := url.Values{"status": {"all"}, "limit": {"1"}, "after": {strconv.FormatUint(id-1, 10)}}
	if err := c.Get("/suspense", query, &found); err != nil {
		return itemView{}, err
	}
	if len(found.Data) == 0 || found.Data[0].ID != strconv.FormatUint(id, 10) {
		return itemView{}, page.ErrNotFound
	}
	v := itemView{clock: clock{o.Now()}, Item: found.Data[0], Form: f}
	v.Actions = choices(c.Lang, "suspense.do.", v.Item.actions()...)
	return v, nil
}

func (o *Console) suspenseItem(c *page.Call) error {
	v, err := o.item(c, page.BlankForm(c, itemFields...))
	if err != nil {
		return err
	}
	return c.Render("suspense-item", itemTitle(c.Lang, v), v)
}

func itemTitle(l *page.Lang, v itemView) string { return l.T("suspense.item.title", v.Item.ID) }

// resolveSuspense solves an item.
func (o *Console) resolveSuspense(c *page.Call) error {
	f := page.TypedForm(c, itemFields...)
	v, err := o.item(c, f)
	if err != nil {
		return err
	}
	body := map[string]any{
		"action": f.Optional("action"), "accountId": f.Optional("accountId"),
		"note": f.Optional("note"), "by": f.Optional("by"),
	}
	if err := c.Send(http.MethodPost, page.Path("/suspense/%s/resolve", v.Item.ID), body, nil); err != nil {
		return f.Show(c, err, "suspense-item", itemTitle(c.Lang, v), v)
	}
	return c.Done("/suspense", "suspense.resolved")
}
