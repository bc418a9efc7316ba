package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
)

//go:embed templates/*.html
var commonTemplates embed.FS

// views are the pages as they are written, in each language.
type views struct {
	langs          map[string]*Lang
	pages          map[string]map[string]*template.Template // by language and name
	languageCookie string
}

func newViews(templates, texts fs.FS) (views, error) {
	v := views{langs: make(map[string]*Lang), pages: make(map[string]map[string]*template.Template)}
	var err error
	for _, code := range languages {
		if v.langs[code], err = NewLang(code, texts); err != nil {
			return v, err
		}
		if v.pages[code], err = parsePages(v.langs[code], templates); err != nil {
			return v, err
		}
	}
	return v, nil
}

// parsePages reads all pages in one language: each with the frame, and with the parts
// of both folders, whose names begin with an underscore.
func parsePages(l *Lang, templates fs.FS) (map[string]*template.Template, error) {
	base := template.New("frame").Funcs(funcs(l))
	if _, err := base.ParseFS(commonTemplates, "templates/_*.html"); err != nil {
		return nil, err
	}
	if parts, err := fs.Glob(templates, "_*.html"); err != nil {
		return nil, err
	} else if len(parts) > 0 {
		if _, err := base.ParseFS(templates, parts...); err != nil {
			return nil, err
		}
	}
	common, err := fs.Sub(commonTemplates, "templates")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, folder := range []fs.FS{common, templates} {
		files, err := fs.Glob(folder, "[^_]*.html")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			page, err := base.Clone()
			if err != nil {
				return nil, err
			}
			if _, err := page.ParseFS(folder, file); err != nil {
				return nil, err
			}
			pages[strings.TrimSuffix(path.Base(file), ".html")] = page
		}
	}
	return pages, nil
}

// funcs are what templates call: the words and ways of one language.
func funcs(l *Lang) template.FuncMap {
	return template.FuncMap{
		"t": l.T, "n": l.N, "or": l.Or, "has": l.has,
		"amount": cents(l.Amount), "signed": cents(l.Signed), "number": whole(l.Number), "percent": l.Percent,
		"date": l.Date, "day": l.Day, "clock": l.Clock, "ago": l.Ago, "time": l.stamp,
		"iso":  func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"path": func(format string, parts ...string) string { return Base + Path(format, parts...) },
		"low":  strings.ToLower,
		"dict": dict,
		"neg":  func(c money.Centavos) money.Centavos { return -c },
	}
}

// cents lets templates write amounts of any type that counts centavos.
func cents(write func(money.Centavos) string) func(any) (string, error) {
	return func(amount any) (string, error) {
		v := reflect.Indirect(reflect.ValueOf(amount))
		if v.Kind() != reflect.Int64 {
			return "", fmt.Errorf("%T is no amount", amount)
		}
		return write(money.Centavos(v.Int())), nil
	}
}

// whole lets templates write whole numbers of any type.
func whole(write func(int64) string) func(any) (string, error) {
	return func(number any) (string, error) {
		v := reflect.ValueOf(number)
		if !v.CanInt() {
			return "", fmt.Errorf("%T is no whole number", number)
		}
		return write(v.Int()), nil
	}
}

// stamp is an instant that machines can read too.
func (l *Lang) stamp(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`,
		t.UTC().Format(time.RFC3339Nano), template.HTMLEscapeString(l.Time(t))))
}

// dict makes a map of names and values, for parts that take several things.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict with %d words", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: name %v", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// View is what templates are given: the frame's part and, in Data, the page's own.
type View struct {
	Lang      *Lang
	Languages []Choice
	Themes    []Choice
	Theme     string // light, dark or auto
	Title     string
	BrandName string
	BrandID   string
	Support   string // mail or web address
	Frame     Frame
	SignedIn  bool
	CSRF      string
	Here      string // the page's own address
	Nav       []NavItem
	Banners   []Banner
	Done      string // what a form has just done
	Base      string
	Version   string
	Data      any
}

// Choice is one of several that a reader has.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// NavItem is a link of the navigation.
type NavItem struct {
	Path, Label string
	Here        bool // whether the page is this one, or below it
}

// Render shows a page under a title.
func (c *Call) Render(name, title string, data any) error {
	return c.render(http.StatusOK, name, title, data)
}

func (c *Call) render(status int, name, title string, data any) error {
	page := c.Site.views.pages[c.Lang.Code][name]
	if page == nil {
		return fmt.Errorf("no page %s", name)
	}
	var out bytes.Buffer
	if err := page.ExecuteTemplate(&out, "frame", c.view(title, data)); err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.W.Header().Set("Content-Language", c.Lang.Code)
	c.W.WriteHeader(status)
	_, _ = c.W.Write(out.Bytes()) // a reader who is gone is nobody's error
	return nil
}

func (c *Call) view(title string, data any) View {
	v := View{
		Lang: c.Lang, Theme: c.theme(), Title: title, BrandName: "Saldo", BrandID: "house", Frame: c.frame,
		SignedIn: c.session.Token != "" && c.Who.ExpiresAt.After(c.Site.Now()), CSRF: c.session.Token,
		Here: c.R.URL.RequestURI(), Base: Base, Version: version, Data: data,
	}
	if key := c.frame.TitleKey; key != "" {
		v.Frame.Title = c.Lang.T(key)
	}
	if b := c.frame.Brand; b != nil {
		v.BrandID, v.Support = b.ID, b.SupportEmail
		if v.BrandName = b.Name; v.BrandName == "" {
			v.BrandName = b.ID
		}
		if v.Support == "" {
			v.Support = b.SupportURL
		}
	}
	for _, code := range languages {
		v.Languages = append(v.Languages, Choice{code, names[code], code == c.Lang.Code})
	}
	for _, theme := range []string{"auto", "light", "dark"} {
		v.Themes = append(v.Themes, Choice{theme, c.Lang.T("theme." + theme), theme == v.Theme})
	}
	if c.R.Method != http.MethodGet {
		v.Here = Base
	}
	if what := c.Query("done"); what != "" && c.Lang.has("done."+what) {
		v.Done = c.Lang.T("done." + what)
	}
	if v.SignedIn {
		v.Nav = c.nav()
		if c.Site.Banners != nil {
			v.Banners = c.Site.Banners(c)
		}
	}
	return v
}

func (c *Call) nav() []NavItem {
	items := make([]NavItem, len(c.Site.Nav))
	for i, link := range c.Site.Nav {
		path := Base + link.Path
		here := c.R.URL.Path == path || link.Path != "" && strings.HasPrefix(c.R.URL.Path, path+"/")
		items[i] = NavItem{path, c.Lang.T(link.Label), here}
	}
	return items
}

func (c *Call) theme() string {
	if cookie, err := c.R.Cookie(c.Site.preferenceCookie("theme")); err == nil {
		if cookie.Value == "light" || cookie.Value == "dark" {
			return cookie.Value
		}
	}
	return "auto"
}
