package console

import (
	"net/http"

	"github.com/saldo-pix/saldo/page"
)

// openingView is the form of a new account.
type openingView struct {
	settingsForm
	Brands []page.Choice
}

// openingFields are those of an account that is opened.
func openingFields() []string {
	own := []string{"name", "document", "brand", "city", "sandbox", "openingBalance", "pixKeys"}
	return append(own, settingsFields()...)
}

func newOpening(c *page.Call, f *page.Form) (openingView, error) {
	v := openingView{settingsForm: newSettingsForm(c, f)}
	var brands list[struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}]
	if err := c.Get("/brands", nil, &brands); err != nil {
		return v, err
	}
	for _, b := range brands.Data {
		choice := page.Choice{Value: b.ID, Label: b.ID}
		if b.Name != "" && b.Name != b.ID {
			choice.Label = b.Name + " (" + b.ID + ")"
		}
		v.Brands = append(v.Brands, choice)
	}
	return v, nil
}

func (o *Console) newAccount(c *page.Call) error {
	v, err := newOpening(c, page.BlankForm(c, openingFields()...))
	if err != nil {
		return err
	}
	v.tick("bacen", true)
	v.Form.Set("splitFrequency", "IMMEDIATE")
	return c.Render("account-new", c.Lang.T("account.new.title"), v)
}

// openAccount opens an account and leads to it.
func (o *Console) openAccount(c *page.Call) error {
	f := page.TypedForm(c, openingFields()...)
	v, err := newOpening(c, f)
	if err != nil {
		return err
	}
	body := v.body(c.Lang)
	for _, name := range []string{"name", "document", "brand", "city"} {
		body[name] = f.Optional(name)
	}
	body["sandbox"], body["pixKeys"] = f.Has("sandbox", "yes"), lines(f.Value("pixKeys"))
	if amount := f.Amount("openingBalance"); amount != nil {
		body["openingBalance"] = amount
	}
	var opened account
	if err = f.Err(); err == nil {
		err = c.Send(http.MethodPost, "/accounts", body, &opened)
	}
	if err != nil {
		return f.Show(c, err, "account-new", c.Lang.T("account.new.title"), v)
	}
	return c.Done(page.Path("/accounts/%s", opened.AccountID), "account.opened")
}
