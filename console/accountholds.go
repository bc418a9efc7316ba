package console

import (
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
)

// accountHoldsView is the page of an account's open holds.
type accountHoldsView struct {
	clock
	Account account
	Holds   []hold
	onward
}

// accountHolds lists the open holds of an account.
func (o *Console) accountHolds(c *page.Call) error {
	v := accountHoldsView{clock: clock{o.Now()}}
	var err error
	if v.Account, err = findAccount(c); err != nil {
		return err
	}
	found, to, err := read[hold](c, page.Path("/accounts/%s/holds", v.Account.AccountID), "after", nil)
	if err != nil {
		return err
	}
	v.Holds, v.onward = found.Data, to
	return c.Render("account-holds", c.Lang.T("account.holds.title", v.Account.Name), v)
}

// newHoldView is the form of a new hold.
type newHoldView struct {
	Account account
	Form    *page.Form
	Reasons []page.Choice
}

var newHoldFields = []string{"amount", "reason", "case", "sweep", "deadline", "endToEndId"}

func newHoldForm(c *page.Call, f *page.Form) (newHoldView, error) {
	found, err := findAccount(c)
	return newHoldView{found, f, choices(c.Lang, "report.cause.", "judicial", "precautionary", "med", "other")}, err
}

func (o *Console) newHold(c *page.Call) error {
	v, err := newHoldForm(c, page.BlankForm(c, newHoldFields...))
	if err != nil {
		return err
	}
	return c.Render("hold-new", c.Lang.T("hold.new.title", v.Account.Name), v)
}

// placeHold puts a hold on an account.
func (o *Console) placeHold(c *page.Call) error {
	f := page.TypedForm(c, newHoldFields...)
	v, err := newHoldForm(c, f)
	if err != nil {
		return err
	}
	body := map[string]any{
		"amount": raw(f.Amount("amount")), "reason": f.Optional("reason"), "case": f.Optional("case"),
		"sweep": f.Has("sweep", "yes"), "deadline": deadline(f), "endToEndId": f.Optional("endToEndId"),
	}
	if f.Value("case") == "" {
		f.Refuse("case", "form.wrong.required") // it keeps the hold from being placed twice
	}
	if err = f.Err(); err == nil {
		err = c.Send(http.MethodPost, page.Path("/accounts/%s/holds", v.Account.AccountID), body, nil)
	}
	if err != nil {
		return f.Show(c, err, "hold-new", c.Lang.T("hold.new.title", v.Account.Name), v)
	}
	return c.Done(page.Path("/accounts/%s/holds", v.Account.AccountID), "hold.placed")
}

// deadline is an hour of São Paulo as browsers send it, for the API.
func deadline(f *page.Form) *string {
	text := f.Value("deadline")
	if text == "" {
		return nil
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", text, pix.SaoPaulo)
	if err != nil {
		f.Refuse("deadline", "form.wrong.time")
		return nil
	}
	return optional(at.UTC().Format(time.RFC3339))
}
