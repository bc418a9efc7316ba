package console

import (
	"net/http"

	"github.com/saldo-pix/saldo/page"
)

// tellingView is the form of how an account is told, whatever it is told of.
type tellingView struct {
	Account  account
	Form     *page.Form
	Username string // of the credentials that are sent; empty if none are
	Versions []page.Choice
}

var tellingFields = []string{"version", "username", "password", "remove"}

func newTelling(c *page.Call, f *page.Form) (tellingView, endpoints, error) {
	v := tellingView{Form: f, Versions: choices(c.Lang, "telling.version.", "1", "2")}
	var hooks endpoints
	var err error
	if v.Account, err = findAccount(c); err == nil {
		err = c.Get(page.Path("/accounts/%s/webhooks", v.Account.AccountID), nil, &hooks)
	}
	v.Username = hooks.Username
	return v, hooks, err
}

func (o *Console) telling(c *page.Call) error {
	v, hooks, err := newTelling(c, page.BlankForm(c, tellingFields...))
	if err != nil {
		return err
	}
	v.Form.Set("version", c.Lang.Number(int64(hooks.Version)))
	return c.Render("telling", c.Lang.T("telling.title", v.Account.Name), v)
}

// changeTelling sets the version of messages and the credentials that go with them.
// Credentials that are left empty stay.
func (o *Console) changeTelling(c *page.Call) error {
	f := page.TypedForm(c, tellingFields...)
	v, _, err := newTelling(c, f)
	if err != nil {
		return err
	}
	body := map[string]any{"version": raw(f.Number("version"))}
	switch {
	case f.Has("remove", "yes"):
		body["username"] = ""
	case f.Value("username")+f.Value("password") != "":
		body["username"], body["password"] = f.Value("username"), f.Value("password")
	}
	if err = f.Err(); err == nil {
		err = c.Send(http.MethodPatch, page.Path("/accounts/%s/webhooks", v.Account.AccountID), body, nil)
	}
	if err != nil {
		return f.Show(c, err, "telling", c.Lang.T("telling.title", v.Account.Name), v)
	}
	return c.Done(page.Path("/accounts/%s/webhooks", v.Account.AccountID), "telling.changed")
}
