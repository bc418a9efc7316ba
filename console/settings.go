package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// fees are an account's prices by operation.
type fees struct {
	CashIn   fee `json:"cashIn"`
	CashOut  fee `json:"cashOut"`
	RefundIn fee `json:"refundIn"`
}

// fee is the price of one operation. Percentage is in per cent of the amount, with four
// decimal places.
type fee struct {
	Fixed      money.Centavos  `json:"fixed"`
	Percentage json.Number     `json:"percentage"`
	Minimum    money.Centavos  `json:"minimum"`
	Maximum    *money.Centavos `json:"maximum"`
}

// PercentageIn writes the percentage as people of the language do, without a sign.
func (f fee) PercentageIn(l *page.Lang) string {
	whole, rest, _ := strings.Cut(f.Percentage.String(), ".")
	if rest = strings.TrimRight(rest, "0"); rest != "" {
		whole += l.Decimal() + rest
	}
	return whole
}

// operations are those that have prices, as the API names them.
var operations = []string{"cashIn", "cashOut", "refundIn"}

var feeParts = []string{"fixed", "percentage", "minimum", "maximum"}

// settingsFields are those that forms of accounts share.
func settingsFields() []string {
	names := []string{
		"provider.name", "provider.minSeconds", "provider.maxSeconds", "provider.granularity", "splitFrequency",
		"bacen", "certificate",
	}
	for _, operation := range operations {
		for _, part := range feeParts {
			names = append(names, feeField(operation, part))
		}
	}
	return names
}

func feeField(operation, part string) string { return "fees." + operation + "." + part }

// settingsForm is what forms of accounts share.
type settingsForm struct {
	Form          *page.Form
	Operations    []string
	Frequencies   []page.Choice
	Granularities []page.Choice
}

func newSettingsForm(c *page.Call, f *page.Form) settingsForm {
	for _, operation := range operations {
		f.Rename("fees."+operation, feeField(operation, "percentage")) // what is wrong with all of them
	}
	f.Rename("provider", "provider.name")
	return settingsForm{
		Form: f, Operations: operations,
		Frequencies:   choices(c.Lang, "settings.split.", "IMMEDIATE", "HOURLY", "DAILY", "WEEKLY"),
		Granularities: choices(c.Lang, "settings.granularity.", "second", "day"),
	}
}

// fill puts what an account has into the form.
func (s *settingsForm) fill(l *page.Lang, a *account) {
	for i, one := range []fee{a.Fees.CashIn, a.Fees.CashOut, a.Fees.RefundIn} {
		set := func(part, text string) { s.Form.Set(feeField(operations[i], part), text) }
		set("fixed", l.Typed(one.Fixed))
		set("percentage", one.PercentageIn(l))
		set("minimum", l.Typed(one.Minimum))
		if one.Maximum != nil {
			set("maximum", l.Typed(*one.Maximum))
		}
	}
	s.Form.Set("splitFrequency", a.SplitFrequency)
	s.tick("bacen", a.Bacen.Enabled)
	s.tick("certificate", a.Dashboard.Certificate)
	if p := a.Provider; p != nil {
		s.Form.Set("provider.name", p.Name)
		s.Form.Set("provider.minSeconds", l.Number(p.MinSeconds))
		s.Form.Set("provider.maxSeconds", l.Number(p.MaxSeconds))
		s.Form.Set("provider.granularity", p.Granularity)
	}
}

func (s *settingsForm) tick(name string, yes bool) {
	if yes {
		s.Form.Set(name, "yes")
	}
}

// body are the settings for a request.
func (s *settingsForm) body(l *page.Lang) map[string]any {
	f := s.Form
	prices := make(map[string]any)
	for _, operation := range operations {
		prices[operation] = feeBody(l, f, operation)
	}
	body := map[string]any{
		"fees": prices, "splitFrequency": f.Optional("splitFrequency"), "provider": nil,
		"bacen":     map[string]bool{"enabled": f.Has("bacen", "yes")},
		"dashboard": map[string]bool{"certificate": f.Has("certificate", "yes")},
	}
	if f.Value("provider.name") != "" {
		carrier := map[string]any{"name": f.Value("provider.name"), "granularity": f.Optional("provider.granularity")}
		for _, name := range []string{"minSeconds", "maxSeconds"} {
			if n := f.Number("provider." + name); n != nil {
				carrier[name] = n
			}
		}
		body["provider"] = carrier
	}
	return body
}

// feeBody is the price of an operation. What is left empty is nothing.
func feeBody(l *page.Lang, f *page.Form, operation string) map[string]any {
	price := make(map[string]any)
	for _, part := range []string{"fixed", "minimum", "maximum"} {
		if amount := f.Amount(feeField(operation, part)); amount != nil {
			price[part] = amount
		}
	}
	field := feeField(operation, "percentage")
	if text := f.Value(field); text != "" {
		plain := json.RawMessage(strings.Replace(text, l.Decimal(), ".", 1))
		if _, err := money.ParseScaled(plain, percentageDecimals); err != nil {
			f.Refuse(field, "form.wrong.percentage", "1"+l.Decimal()+"25")
		} else {
			price["percentage"] = plain
		}
	}
	return price
}

// percentageDecimals is how finely percentages of fees are told.
const percentageDecimals = 4

// settingsView is the form of an account's settings.
type settingsView struct {
	settingsForm
	Account account
}

// changeFields are those of an account that exists.
func changeFields() []string { return append(settingsFields(), "addPixKeys") }

func (o *Console) settings(c *page.Call) error {
	v := settingsView{settingsForm: newSettingsForm(c, page.BlankForm(c, changeFields()...))}
	var err error
	if v.Account, err = findAccount(c); err != nil {
		return err
	}
	v.fill(c.Lang, &v.Account)
	return c.Render("settings", c.Lang.T("settings.title", v.Account.Name), v)
}

// changeSettings changes an account's settings and fees, and adds Pix keys.
func (o *Console) changeSettings(c *page.Call) error {
	v := settingsView{settingsForm: newSettingsForm(c, page.TypedForm(c, changeFields()...))}
	var err error
	if v.Account, err = findAccount(c); err != nil {
		return err
	}
	body := v.body(c.Lang)
	body["addPixKeys"] = lines(v.Form.Value("addPixKeys"))
	if err = v.Form.Err(); err == nil {
		err = c.Send(http.MethodPatch, page.Path("/accounts/%s", v.Account.AccountID), body, nil)
	}
	if err != nil {
		return v.Form.Show(c, err, "settings", c.Lang.T("settings.title", v.Account.Name), v)
	}
	return c.Done(page.Path("/accounts/%s", v.Account.AccountID), "account.changed")
}

// lines are the lines of a text that are not blank.
func lines(text string) []string {
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return slices.DeleteFunc(all, func(line string) bool { return line == "" })
}
