package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/page"
)

// medCase is one case of the special return mechanism.
type medCase struct {
	CaseID         string `json:"caseId"`
	MEDID          string `json:"medId"`
	TransactionID  string `json:"transactionId"`
	EndToEndID     string `json:"endToEndId"`
	Amount         reais  `json:"amount"`
	Returned       reais  `json:"returned"`
	Status         string `json:"status"`
	Reason         string `json:"reason"`
	Cause          string `json:"cause"`
	AnalysisResult string `json:"analysisResult"`
	RequestingBank struct {
		ISPB string `json:"ispb"`
		Name string `json:"name"`
	} `json:"requestingBank"`
	Hold      *hold     `json:"hold"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Class is how the status looks.
func (m medCase) Class() string {
	if m.Status == "OPEN" || m.Status == "RECEIVED" {
		return "warn"
	}
	return ""
}

// medView is the page of an account's cases.
type medView struct {
	clock
	Asked   bool // whether an account was named
	Account account
	Form    *page.Form
	Cases   []medCase
	onward
}

// med lists the MED cases of an account, newest first.
func (o *Console) med(c *page.Call) error {
	v := medView{clock: clock{o.Now()}, Form: page.BlankForm(c, "account")}
	id := c.Query("account")
	if id == "" {
		return c.Render("med", c.Lang.T("med.title"), v)
	}
	v.Form.Set("account", id)
	err := c.Get(page.Path("/accounts/%s", id), nil, &v.Account)
	if isMissing(err) {
		v.Form.Refuse("account", "account.unknown")
		return c.Again(http.StatusNotFound, "med", c.Lang.T("med.title"), v)
	} else if err != nil {
		return err
	}
	v.Asked = true
	found, to, err := read[medCase](c, "/med", "before", url.Values{"account": {id}})
	if err != nil {
		return err
	}
	v.Cases, v.onward = found.Data, to
	return c.Render("med", c.Lang.T("med.title"), v)
}
