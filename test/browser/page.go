package browser

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Page is a tab of its own, with cookies and storage that no other page sees. Its methods fail the test when the
// browser can't do what they ask for.
type Page struct {
	t         testing.TB
	base      string
	ctx       context.Context
	look      Look
	userAgent string
	faults    faults
}

// Open opens an empty page for a test, in English, wide and light. Addresses are below base, such as
// http://127.0.0.1:8080. When the test ends, the faults of the page fail it.
func Open(t testing.TB, base string) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(start(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &Page{t: t, base: strings.TrimSuffix(base, "/"), ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as this context
		t.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, p.faults.hear); err != nil {
		t.Fatalf("listen to the page: %v", err)
	}
	go p.answer(chromedp.Events(ctx, page.JavascriptDialogOpening))
	p.do("prepare the page",
		call(audits.Enable, cdp.Empty{}),
		call(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: farAway}),
		call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	p.Look(Look{Language: "en", Width: Wide})
	t.Cleanup(p.finish)
	return p
}

// answer answers dialogs: until it does, nothing else happens.
func (p *Page) answer(dialogs iter.Seq2[page.EventJavascriptDialogOpening, error]) {
	for e, err := range dialogs {
		if err != nil {
			return
		}
		_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{
			Accept: p.faults.dialog(e),
		})
	}
}

// finish fails the test with what the page did wrong.
func (p *Page) finish() {
	p.t.Helper()
	if p.t.Failed() {
		p.picture("failed-" + p.t.Name())
	}
	for _, fault := range p.Faults() {
		p.t.Errorf("the page: %s", fault)
	}
}

// Go opens a path below the base, or a whole address, and waits until it is loaded. The answer must be 200, or the
// status that was given.
func (p *Page) Go(path string, status ...int) {
	p.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = p.base + path
	}
	p.expectPage(status)
	p.arrive("open "+path, status, chromedp.NavigateResponse(address))
}

// WithoutScripts keeps the scripts of pages that are opened from now on from running.
func (p *Page) WithoutScripts() {
	p.t.Helper()
	p.do("switch scripts off",
		call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// Reload opens the same address again, by GET.
func (p *Page) Reload() {
	p.t.Helper()
	p.Go(p.Address())
}

// Submit clicks what leads to another page, and waits until that is loaded. The answer must be 200 after all redirects,
// or the status that was given.
func (p *Page) Submit(selector string, status ...int) {
	p.t.Helper()
	at := p.aim(selector)
	p.expectPage(status)
	p.arrive("click "+selector, status, func(ctx context.Context, _ *chromedp.Target) (*network.Response, error) {
		return chromedp.RunResponse(ctx, chromedp.MouseClickXY(at.X, at.Y))
	})
}

func (p *Page) arrive(what string, status []int, action chromedp.Action[*network.Response]) {
	p.t.Helper()
	want := int64(http.StatusOK)
	if len(status) > 0 {
		want = int64(status[0])
	}
	response := run(p, what, action)
	if response == nil || response.Status != want {
		p.t.Fatalf("%s: answer %+v, want status %d", what, response, want)
	}
}

// Address is where the page is.
func (p *Page) Address() string {
	p.t.Helper()
	return run(p, "read the address", chromedp.Location())
}

// Path is the address without its base, with the query.
func (p *Page) Path() string {
	p.t.Helper()
	u, err := url.Parse(p.Address())
	if err != nil {
		p.t.Fatal(err)
	}
	return u.RequestURI()
}

// Cookies are those that the page's requests carry, by name.
func (p *Page) Cookies() map[string]*network.Cookie {
	p.t.Helper()
	found := run(p, "read cookies", func(ctx context.Context, t *chromedp.Target) ([]*network.Cookie, error) {
		result, err := cdp.Call(ctx, t, network.GetCookies, network.GetCookiesParams{})
		return result.Cookies, err
	})
	cookies := make(map[string]*network.Cookie)
	for _, c := range found {
		cookies[c.Name] = c
	}
	return cookies
}

// Eval returns what a JavaScript expression or promise comes to. The page's content security policy does not bind it.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return run(p, "evaluate "+expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// do runs actions, one after the other.
func (p *Page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	run(p, what, chromedp.Steps(actions...))
}

// run runs an action within the patience.
func run[T any](p *Page, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
	return value
}

// call is an action that sends one command of the protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}
