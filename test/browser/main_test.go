package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/browser"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Close()
	os.Exit(code)
}

// strict is the policy under which pages are shown here: what is not a file of the same server is forbidden.
const strict = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// sheet makes a page that nobody can find fault with out of sound HTML.
const sheet = `body { margin: 1rem; font: 1rem sans-serif; color: #111; background: #fff }
a { color: #0b3d91 }
a, button, input, select { display: inline-block; min-height: 1.75rem; margin: .25rem; font: inherit }
a:focus, button:focus, input:focus, select:focus { outline: 3px solid #b3420a }
@media (prefers-color-scheme: dark) {
	body { color: #eee; background: #111 }
	a { color: #9cf }
}`

// site serves pages, each of which is the inside of a main element or, with a doctype, all of it. Handlers of their own
// go before.
func site(t *testing.T, pages map[string]string, own map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sheet.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, sheet)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	for path, inside := range pages {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { show(w, r, inside) })
	}
	for pattern, handler := range own {
		mux.HandleFunc(pattern, handler)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// show answers with a page, in the language that the browser asks for first.
func show(w http.ResponseWriter, r *http.Request, inside string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", strict)
	if strings.HasPrefix(inside, "<!doctype") {
		fmt.Fprint(w, inside)
		return
	}
	language, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	fmt.Fprintf(w, `<!doctype html><html lang="%s"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/sheet.css"></head>
<body><main><h1>A page</h1>%s</main></body></html>`, language, inside)
}

// script answers with a script.
func script(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, text)
	}
}

// verdict is a test that keeps what it is told, and whose failure is what the real one looks for.
type verdict struct {
	testing.TB
	said    []string
	cleanup []func()
}

func (v *verdict) Errorf(format string, args ...any) {
	v.said = append(v.said, fmt.Sprintf(format, args...))
}
func (v *verdict) Failed() bool     { return len(v.said) > 0 }
func (v *verdict) Cleanup(f func()) { v.cleanup = append(v.cleanup, f) }

func (v *verdict) Fatalf(format string, args ...any) {
	v.Errorf(format, args...)
	runtime.Goexit()
}

// judge runs a test to its end, cleanup included, and returns what it was told.
func judge(t *testing.T, test func(testing.TB)) []string {
	t.Helper()
	v := &verdict{TB: t}
	for range guarded(func() { test(v) }) {
	}
	for i := len(v.cleanup) - 1; i >= 0; i-- {
		for range guarded(v.cleanup[i]) {
		}
	}
	return v.said
}

// guarded runs f where it may end its goroutine; the channel is closed after it.
func guarded(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}

// says fails the test unless one of the lines has a text in it.
func says(t *testing.T, lines []string, text string) {
	t.Helper()
	for _, line := range lines {
		if strings.Contains(line, text) {
			return
		}
	}
	t.Errorf("nothing says %q in:\n%s", text, strings.Join(lines, "\n"))
}

// quiet fails the test if there are any lines.
func quiet(t *testing.T, lines []string) {
	t.Helper()
	if len(lines) > 0 {
		t.Errorf("found fault with what is sound:\n%s", strings.Join(lines, "\n"))
	}
}
