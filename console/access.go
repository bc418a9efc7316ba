package console

import (
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/page"
)

// credential is a credential as it is kept: without its secret.
type credential struct {
	ClientID    string    `json:"clientId"`
	Fingerprint string    `json:"fingerprint"` // empty once the certificate is unbound
	Scopes      []string  `json:"scopes"`      // none for all
	CreatedAt   time.Time `json:"createdAt"`
}

// certificate is a certificate of an account.
type certificate struct {
	Fingerprint string    `json:"fingerprint"`
	BoundAt     time.Time `json:"boundAt"`
	ClientIDs   []string  `json:"clientIds"`
}

// accessView is the page of what an account's clients sign in with.
type accessView struct {
	Account      account
	Credentials  []credential
	Certificates []certificate
}

// access lists credentials and certificates of an account.
func (o *Console) access(c *page.Call) error {
	var v accessView
	var err error
	if v.Account, err = findAccount(c); err != nil {
		return err
	}
	var credentials list[credential]
	if err := c.Get(page.Path("/accounts/%s/credentials", v.Account.AccountID), nil, &credentials); err != nil {
		return err
	}
	var certificates list[certificate]
	if err := c.Get(page.Path("/accounts/%s/certificates", v.Account.AccountID), nil, &certificates); err != nil {
		return err
	}
	v.Credentials, v.Certificates = credentials.Data, certificates.Data
	return c.Render("access", c.Lang.T("access.title", v.Account.Name), v)
}

// accessForm is the form of a new credential or certificate.
type accessForm struct {
	Account account
	Form    *page.Form
	Scopes  []page.Choice // of a credential
}

func newAccessForm(c *page.Call, f *page.Form) (accessForm, error) {
	found, err := findAccount(c)
	return accessForm{found, f, choices(c.Lang, "access.scope.", auth.Scopes()...)}, err
}

// issued is what is shown once, and not kept.
type issued struct {
	Account      account
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	ClientCert   string `json:"clientCert"`
	ClientKey    string `json:"clientKey"`
	Fingerprint  string `json:"fingerprint"`
}

func (o *Console) newCredential(c *page.Call) error {
	v, err := newAccessForm(c, page.BlankForm(c, "scopes", "certificate"))
	if err != nil {
		return err
	}
	return c.Render("credential-new", c.Lang.T("credential.new.title", v.Account.Name), v)
}

// createCredential gives an account a credential, and shows its secret once.
func (o *Console) createCredential(c *page.Call) error {
	f := page.TypedForm(c, "scopes", "certificate")
	v, err := newAccessForm(c, f)
	if err != nil {
		return err
	}
	body := map[string]any{"certificate": f.Optional("certificate")}
	if scopes := f.Values("scopes"); len(scopes) > 0 {
		body["scopes"] = scopes
	}
	done := issued{Account: v.Account}
	path := page.Path("/accounts/%s/credentials", v.Account.AccountID)
	if err := c.Send(http.MethodPost, path, body, &done); err != nil {
		return f.Show(c, err, "credential-new", c.Lang.T("credential.new.title", v.Account.Name), v)
	}
	return c.Render("issued", c.Lang.T("credential.issued.title"), done)
}

func (o *Console) deleteCredential(c *page.Call) error {
	return remove(c, page.Path("/credentials/%s", c.R.PathValue("client")), accessPath(c), "credential.deleted")
}

func accessPath(c *page.Call) string { return page.Path("/accounts/%s/access", c.R.PathValue("id")) }

func (o *Console) newCertificate(c *page.Call) error {
	v, err := newAccessForm(c, page.BlankForm(c, "certificate"))
	if err != nil {
		return err
	}
	return c.Render("certificate-new", c.Lang.T("certificate.new.title", v.Account.Name), v)
}

// bindCertificate binds one more certificate to an account, and shows its key once if it
// was made here.
func (o *Console) bindCertificate(c *page.Call) error {
	f := page.TypedForm(c, "certificate")
	v, err := newAccessForm(c, f)
	if err != nil {
		return err
	}
	done := issued{Account: v.Account}
	body := map[string]any{"certificate": f.Optional("certificate")}
	path := page.Path("/accounts/%s/certificates", v.Account.AccountID)
	if err := c.Send(http.MethodPost, path, body, &done); err != nil {
		return f.Show(c, err, "certificate-new", c.Lang.T("certificate.new.title", v.Account.Name), v)
	}
	return c.Render("issued", c.Lang.T("certificate.issued.title"), done)
}

func (o *Console) unbindCertificate(c *page.Call) error {
	path := page.Path("/accounts/%s/certificates/%s", c.R.PathValue("id"), c.R.PathValue("fingerprint"))
	return remove(c, path, accessPath(c), "certificate.unbound")
}
