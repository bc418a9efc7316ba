package page

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// Form is a form as a page shows it: what is in its fields and what is wrong with them.
// A handler that does what a form is for
//
//   - takes what was typed: f := page.TypedForm(c, "name", "threshold");
//   - asks the API, and where that fails returns f.Show(c, err, template, title, data):
//     the page comes again, with what was typed and what the API says beside each field;
//     what is not about the form is shown as any error is.
//
// A page that shows the form for the first time makes it by BlankForm, and fills it by Set.
// Templates write fields by the parts of templates/_form.html: field, choose, checks, check and
// form-problems, which take a form as Form and the name of a field as Name.
type Form struct {
	lang   *Lang
	names  []string
	values url.Values
	wrong  map[string]Reason
	whole  []Reason
	called map[string]string // fields of the form, by what the API calls them
}

// Reason is what is wrong with a field. English tells that it is the API's own words.
type Reason struct {
	Text    string
	English bool
}

// BlankForm is a form with fields of these names, and nothing in them.
func BlankForm(c *Call, names ...string) *Form {
	return &Form{lang: c.Lang, names: names, values: make(url.Values), wrong: make(map[string]Reason)}
}

// TypedForm is a form with what was sent.
func TypedForm(c *Call, names ...string) *Form {
	f := BlankForm(c, names...)
	for _, name := range names {
		for _, value := range c.R.PostForm[name] {
			f.values.Add(name, strings.TrimSpace(value))
		}
	}
	return f
}

// Names lists the form's fields.
func (f *Form) Names() []string { return f.names }

// Values are all that is in a field.
func (f *Form) Values(name string) []string { return f.values[name] }

// Add puts one value more into a field.
func (f *Form) Add(name, value string) { f.values.Add(name, value) }

// Empty tells whether no field has anything in it.
func (f *Form) Empty() bool { return len(f.values) == 0 }

// Set puts values into a field.
func (f *Form) Set(name string, values ...string) { f.values[name] = values }

// Value is what is in a field.
func (f *Form) Value(name string) string { return f.values.Get(name) }

// Has tells whether a value is among those that are chosen.
func (f *Form) Has(name, value string) bool { return slices.Contains(f.values[name], value) }

// Wrong is what is wrong with a field, or nil.
func (f *Form) Wrong(name string) *Reason {
	if r, ok := f.wrong[name]; ok {
		return &r
	}
	return nil
}

// First tells whether a field is the first that something is wrong with.
func (f *Form) First(name string) bool {
	i := slices.IndexFunc(f.names, func(name string) bool { return f.Wrong(name) != nil })
	return i >= 0 && f.names[i] == name
}

// Described are the ids of what describes a field to screen readers.
func (f *Form) Described(name string, hint any) string {
	var ids []string
	if hint != nil && hint != "" {
		ids = append(ids, "hint-"+name)
	}
	if f.Wrong(name) != nil {
		ids = append(ids, "wrong-"+name)
	}
	return strings.Join(ids, " ")
}

// Whole is what is wrong with no field of the form.
func (f *Form) Whole() []Reason { return f.whole }

// Failed tells whether anything is wrong.
func (f *Form) Failed() bool { return len(f.wrong)+len(f.whole) > 0 }

// Refuse tells what is wrong with a field, by the key of a text.
func (f *Form) Refuse(name, key string, args ...any) {
	f.wrong[name] = Reason{Text: f.lang.T(key, args...)}
}

// RefuseWith tells what is wrong with a field, in ready words.
func (f *Form) RefuseWith(name string, r Reason) { f.wrong[name] = r }

// Rename says which field of the form the API means by a name of its own.
func (f *Form) Rename(api, name string) {
	if f.called == nil {
		f.called = make(map[string]string)
	}
	f.called[api] = name
}

// field is the field that the API means; empty if the form has none of it.
func (f *Form) field(api string) string {
	for api != "" {
		if name, ok := f.called[api]; ok {
			return name
		}
		if slices.Contains(f.names, api) {
			break
		}
		api = api[:max(strings.LastIndexAny(api, ".["), 0)]
	}
	return api
}

// Optional is what is in a field, or nil where nothing is: JSON leaves that to the API.
func (f *Form) Optional(name string) *string {
	if value := f.Value(name); value != "" {
		return &value
	}
	return nil
}

// Amount is an amount of a field for a request; nothing where the field is empty.
func (f *Form) Amount(name string) json.RawMessage {
	text := f.Value(name)
	if text == "" {
		return nil
	}
	c, err := f.lang.ParseAmount(text)
	switch {
	case errors.Is(err, money.ErrPrecision):
		f.Refuse(name, "form.wrong.cents")
	case errors.Is(err, money.ErrTooLarge):
		f.Refuse(name, "form.wrong.large")
	case err != nil:
		f.Refuse(name, "form.wrong.amount", f.lang.Amount(1234_56))
	default:
		return c.Append(nil)
	}
	return nil
}

// Number is a whole number of a field for a request; nothing where the field is empty.
func (f *Form) Number(name string) json.RawMessage {
	text := f.Value(name)
	if text == "" {
		return nil
	}
	n, err := f.lang.ParseNumber(text)
	if err != nil {
		f.Refuse(name, "form.wrong.whole")
		return nil
	}
	raw, _ := json.Marshal(n) // a number can be written
	return raw
}

// errTyped means that what was typed is wrong already: f tells what.
var errTyped = errors.New("what was typed is wrong")

// Err is errTyped if anything is wrong so far.
func (f *Form) Err() error {
	if f.Failed() {
		return errTyped
	}
	return nil
}

// Show shows the form's page again with what err says, unless err is not about the form.
func (f *Form) Show(c *Call, err error, name, title string, data any) error {
	status := http.StatusBadRequest
	var p *Problem
	switch {
	case err == errTyped:
	case errors.As(err, &p) && isAboutForm(p.Status):
		status = p.Status
		f.explain(p)
	default:
		return err
	}
	return c.Again(status, name, title, data)
}

func isAboutForm(status int) bool {
	return status < http.StatusInternalServerError && status != http.StatusUnauthorized &&
		status != http.StatusForbidden && status != http.StatusNotFound
}

// explain puts what the API says beside the fields that it is about.
func (f *Form) explain(p *Problem) {
	found := false
	violations, _ := p.Details["violations"].([]any)
	for _, v := range violations {
		one, _ := v.(map[string]any)
		field, _ := one["field"].(string)
		why, _ := one["reason"].(string)
		if why == "" || field == "" {
			continue
		}
		found = true
		r := f.reason(why)
		if name := f.field(field); name != "" {
			f.wrong[name] = r
			continue
		}
		r.Text = field + ": " + r.Text
		f.whole = append(f.whole, r)
	}
	if found {
		return
	}
	r := Reason{Text: f.lang.Or("problem."+p.Code, "")}
	if r.Text == "" && f.lang.Code == "pt-BR" {
		r.Text = p.UserMessage
	}
	if r.Text == "" {
		r = Reason{cmp.Or(p.Message, p.Code), true}
	}
	f.whole = append(f.whole, r)
}

// said are the API's words for what is wrong with a field, and our texts for them.
var said = []struct {
	words *regexp.Regexp
	key   string
}{
	{regexp.MustCompile(`^is required$`), "required"},
	{regexp.MustCompile(`^must be at least (\d+\.\d\d)$`), "atleast.amount"},
	{regexp.MustCompile(`^must be at most (\d+\.\d\d)$`), "atmost.amount"},
	{regexp.MustCompile(`^must be (?:a whole number )?between (\d+) and (\d+)$`), "between"},
	{regexp.MustCompile(`^must be 0 or at least (\d+)$`), "zero"},
	{regexp.MustCompile(`^must be a (?:whole )?number$`), "whole"},
	{regexp.MustCompile(`^must have at most 2 decimal places$`), "cents"},
	{regexp.MustCompile(`^is too large$`), "large"},
	{regexp.MustCompile(`^must have at most (\d+) characters$`), "long"},
	{regexp.MustCompile(`^must have at most (\d+) (?:items|addresses)$`), "many"},
	{regexp.MustCompile(`^must not contain control characters$`), "control"},
	{regexp.MustCompile(`^must be one of `), "choice"},
	{regexp.MustCompile(`^must not exceed the threshold$`), "hysteresis"},
	{regexp.MustCompile(`^must be 0 for this kind$`), "nothing"},
	{regexp.MustCompile(`^must be e-mail addresses, separated by commas$`), "email"},
	{regexp.MustCompile(`^must be the service's URL `), "chat"},
	{regexp.MustCompile(`^no channels of kind `), "kind"},
	{regexp.MustCompile(`^names a channel that is not there$`), "gone"},
	{regexp.MustCompile(`^must be the id of a channel, each once$`), "gone"},
	{regexp.MustCompile(`^must be a URL such as `), "url"},
	{regexp.MustCompile(`^must be an HTTPS URL$`), "https"},
	{regexp.MustCompile(`^must not contain credentials: `), "credentials"},
	{regexp.MustCompile(`^must not contain a fragment$`), "fragment"},
	{regexp.MustCompile(`^must not lead into a private network$`), "private"},
	{regexp.MustCompile(`^key must be the name of a header of at most (\d+) characters$`), "header.name"},
	{regexp.MustCompile(`^key (\S+) is not allowed$`), "header.forbidden"},
	{regexp.MustCompile(`^value must have at most (\d+) printable ASCII characters$`), "header.value"},
	{regexp.MustCompile(`^must have a key and a value$`), "header.both"},
	{regexp.MustCompile(`^repeats a key$`), "header.twice"},
	{regexp.MustCompile(`^must be a valid CPF or CNPJ$`), "document"},
	{regexp.MustCompile(`^must be the (?:id|number) of an account$`), "account"},
	{regexp.MustCompile(`^must be a receipt of the account$`), "receipt"},
	{regexp.MustCompile(`^must not contain a colon$`), "colon"},
	{regexp.MustCompile(`^is required with a (?:username|password)$`), "pair"},
	{regexp.MustCompile(`^is not a Pix key$`), "key"},
	{regexp.MustCompile(`^must have at most (\d+) keys$`), "keys"},
	{regexp.MustCompile(`^must have a percentage of at most 100 and a minimum not above the maximum$`), "fee"},
	{regexp.MustCompile(`^must have a maximum not below the minimum, in whole days `), "provider"},
	{regexp.MustCompile(`^must be a time with its zone, `), "time"},
	{regexp.MustCompile(`^must be a date, `), "day"},
	{regexp.MustCompile(`^must not be before (\d{4}-\d\d-\d\d)`), "day.early"},
	{regexp.MustCompile(`^must not be after today, (\d{4}-\d\d-\d\d)$`), "day.late"},
}

// reason says in the reader's language what the API says, or in the API's own words.
func (f *Form) reason(why string) Reason {
	for _, s := range said {
		match := s.words.FindStringSubmatch(why)
		if match == nil {
			continue
		}
		args := make([]any, len(match)-1)
		for i, text := range match[1:] {
			args[i] = text
			if c, err := money.ParseDecimal(text); err == nil && strings.HasSuffix(s.key, ".amount") {
				args[i] = f.lang.Amount(c)
			}
			if day, err := time.ParseInLocation(time.DateOnly, text, pix.SaoPaulo); err == nil {
				args[i] = f.lang.Date(day)
			}
		}
		return Reason{Text: f.lang.T("form.wrong."+s.key, args...)}
	}
	return Reason{why, true}
}
