package browser

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// faults are what a page did wrong, as the browser tells it.
type faults struct {
	mu       sync.Mutex
	found    []string
	expected []answer
	dialogs  []bool // how dialogs that a test expects are answered
	urls     map[network.RequestID]string
}

// answer is one that a test expects, though it is an error.
type answer struct {
	status int
	path   string
}

// Faults returns what the page did wrong since they were asked for last: errors on its console, exceptions that nobody
// caught, violations of its content security policy, cookies that the browser refused, answers of 400 and above that no
// test expected, and requests that failed or left this machine.
func (p *Page) Faults() []string {
	p.t.Helper()
	// Events come in the order of answers: what happened before this one is known after it.
	Eval[int](p, "1")
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	found := p.faults.found
	p.faults.found = nil
	return found
}

// Expect tells that a request for a path, which a page makes by itself, will be answered by an error. Go and Submit
// expect the status that they are given.
func (p *Page) Expect(status int, path string) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.expected = append(p.faults.expected, answer{status, path})
}

// ExpectDialog tells that the page will ask something, and what the user says to it.
func (p *Page) ExpectDialog(yes bool) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.dialogs = append(p.faults.dialogs, yes)
}

// dialog returns how a dialog is answered. One that nobody expects is a fault, and the answer is no.
func (f *faults) dialog(e page.EventJavascriptDialogOpening) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.dialogs) == 0 {
		f.addf("dialog (%s): %s", e.Type, e.Message)
		return false
	}
	yes := f.dialogs[0]
	f.dialogs = f.dialogs[1:]
	return yes
}

// hear takes one event of the browser.
func (f *faults) hear(event any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			f.addf("console.%s: %s", e.Type, words(e.Args))
		}
	case *runtime.EventExceptionThrown:
		f.addf("exception: %s", exception(e.ExceptionDetails))
	case *log.EventEntryAdded:
		f.logged(e.Entry)
	case *audits.EventIssueAdded:
		f.issue(e.Issue)
	case *network.EventRequestWillBeSent:
		f.asked(e)
	case *network.EventResponseReceived:
		f.answered(e)
	case *network.EventResponseReceivedExtraInfo:
		for _, c := range e.BlockedCookies {
			name, _, _ := strings.Cut(c.CookieLine, "=")
			f.addf("cookie %s refused: %v", name, c.BlockedReasons)
		}
	case *network.EventLoadingFailed:
		f.failed(e)
	case *inspector.EventTargetCrashed:
		f.addf("the page crashed")
	}
}

// addf keeps a fault, once.
func (f *faults) addf(format string, args ...any) {
	fault := fmt.Sprintf(format, args...)
	if !slices.Contains(f.found, fault) {
		f.found = append(f.found, fault)
	}
}

// logged takes what the browser itself writes to the console. Requests that failed are told of elsewhere.
func (f *faults) logged(e *log.Entry) {
	if e.Source != log.EntrySourceNetwork && (e.Level == log.EntryLevelError || e.Source == log.EntrySourceSecurity) {
		f.addf("%s: %s (%s)", e.Source, e.Text, e.URL)
	}
}

// issue takes what the browser's tab of issues shows of the content security policy.
func (f *faults) issue(i *audits.InspectorIssue) {
	if d := i.Details.ContentSecurityPolicyIssueDetails; d != nil {
		blocked := d.BlockedURL
		if blocked == "" {
			blocked = string(d.ContentSecurityPolicyViolationType)
		}
		f.addf("content security policy: %s forbids %s", d.ViolatedDirective, blocked)
	}
}

func (f *faults) asked(e *network.EventRequestWillBeSent) {
	if f.urls == nil {
		f.urls = make(map[network.RequestID]string)
	}
	f.urls[e.RequestID] = e.Request.URL
	u, err := url.Parse(e.Request.URL)
	if err != nil || u.Host != "" && !loopback(u.Hostname()) {
		f.addf("request that leaves this machine: %s", e.Request.URL)
	}
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func (f *faults) answered(e *network.EventResponseReceived) {
	if e.Response.Status < http.StatusBadRequest {
		return
	}
	for i, x := range f.expected {
		if x.fits(e) {
			f.expected = slices.Delete(f.expected, i, i+1)
			return
		}
	}
	f.addf("answer %d: %s", e.Response.Status, e.Response.URL)
}

// fits says whether a response is the expected one. Without a path, it is the next page.
func (a answer) fits(e *network.EventResponseReceived) bool {
	if int64(a.status) != e.Response.Status {
		return false
	}
	if a.path == "" {
		return e.Type == network.ResourceTypeDocument
	}
	u, err := url.Parse(e.Response.URL)
	return err == nil && u.Path == a.path
}

// failed takes a request without an answer. Those that are given up when a page is left are no fault.
func (f *faults) failed(e *network.EventLoadingFailed) {
	where := f.urls[e.RequestID]
	delete(f.urls, e.RequestID)
	if e.Canceled || e.ErrorText == "net::ERR_ABORTED" {
		return
	}
	f.addf("request failed: %s: %s %s", where, e.ErrorText, e.BlockedReason)
}

// words are the arguments of a call of the console, as text.
func words(args []*runtime.RemoteObject) string {
	var all []string
	for _, a := range args {
		text := a.Description
		if text == "" {
			text = strings.Trim(string(a.Value), `"`)
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func exception(e *runtime.ExceptionDetails) string {
	if e.Exception == nil {
		return e.Text
	}
	return e.Text + " " + words([]*runtime.RemoteObject{e.Exception})
}

// expectPage tells that the next page will be answered by an error, if one of the statuses is one.
func (p *Page) expectPage(status []int) {
	for _, s := range status {
		if s >= http.StatusBadRequest {
			p.Expect(s, "")
		}
	}
}
