package dashboard

import (
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/page"
)

// accountView is who is signed in, and from where.
type accountView struct {
	Name, Document string
	Account        string
	Sandbox        bool
	ClientID       string
	Scopes         []string // empty for all
	Certified      bool     // signed in with the client's certificate
	Sessions       []page.Session
}

// account is GET /account.
func (d *Dashboard) account(c *page.Call) error {
	profile, err := d.Reader.Profile(c.R.Context(), c.Who.Account)
	if err != nil {
		return err
	}
	v := accountView{
		Name: profile.Name, Document: profile.Document.Formatted(), Account: c.Who.Account.String(),
		Sandbox: profile.Sandbox, ClientID: c.Who.ClientID, Scopes: strings.Fields(c.Who.Scope),
		Certified: c.Who.Certificate != auth.Fingerprint{},
	}
	if v.Sessions, err = c.Sessions(); err != nil {
		return err
	}
	return c.Render("account", c.Lang.T("account.title"), v)
}

// endSession is POST /account/sessions/{id}/end.
func (d *Dashboard) endSession(c *page.Call) error {
	if err := c.EndSession(c.R.PathValue("id")); err != nil {
		return err
	}
	return c.Done("/account", "account.session")
}
