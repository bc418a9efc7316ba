// Package guides takes the code blocks of docs/guides out of the Markdown and runs exactly them, each page and
// language with an account of its own, against the real binary. What they print must be what the page shows.
package guides

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	saldotest.RemoveBinaries()
	os.Exit(code)
}

// pages are the guides.
const pages = "../../docs/guides/*.md"

// TestTheGuidesAreTrue runs all pages in all languages.
func TestTheGuidesAreTrue(t *testing.T) {
	files, err := filepath.Glob(pages)
	if err != nil || len(files) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	p := saldotest.StartFast(t, saldotest.Place{Dir: t.TempDir()})
	takes := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(takes.Close)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		guide, err := readPage(string(text))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		for _, language := range languages {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".md")+"/"+language, func(t *testing.T) {
				t.Parallel()
				wantAsShown(t, p, takes.URL, language, guide[language])
			})
		}
	}
}

// wantAsShown runs a program with an account that is like the one that `saldo dev` makes.
func wantAsShown(t *testing.T, p *saldotest.Process, hookURL, language string, of *program) {
	a := p.NewAccount(t, "48734.90", "")
	certificate, err := url.PathUnescape(a.ClientCert)
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "SALDO_URL="+p.URL, "TOKEN="+a.Token, "ACCOUNT_ID="+a.ID, "CLIENT_ID="+a.ClientID,
		"CLIENT_SECRET="+a.ClientSecret, "CLIENT_CERT="+certificate, "OPERATOR_URL="+p.OperatorURL,
		"OPERATOR_TOKEN="+p.OperatorToken)
	r, dir := runners[language], t.TempDir()
	if of.first != "" {
		printed, err := runners["sh"].run(t.Context(), dir, env, []string{of.first})
		if err != nil || mask(printed[0]) != "" {
			t.Fatalf("what comes first printed %q, %v", printed, err)
		}
	}
	var rec *receiver
	if of.receiver != "" {
		rec = r.receive(t, dir, env, of.receiver)
		hookURL = rec.url
	}
	printed, err := r.run(t.Context(), dir, append(env, "HOOK_URL="+hookURL), of.parts)
	if err != nil {
		t.Fatal(err)
	}
	of.compare(t.Errorf, printed)
	if rec != nil {
		rec.want(t, of.received)
	}
}
