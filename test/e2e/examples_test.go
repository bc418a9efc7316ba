package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/openapi"
	"github.com/saldo-pix/saldo/test/saldotest"
)

var update = flag.Bool("update", false, "write the examples of the OpenAPI documents anew where they changed")

// script asks for examples of one API, and keeps them.
type script struct {
	t    *testing.T
	name string // of the document
	openapi.Examples
}

func newScript(t *testing.T, name string) *script {
	return &script{t, name, openapi.Examples{
		Operations: make(map[string]openapi.Example), Errors: make(map[string]openapi.Example),
		Webhooks: make(map[string]openapi.Example),
	}}
}

// call makes the example of an operation.
func (s *script) call(
	c *saldotest.Client, operation string, status int, request, body string, headers ...string,
) saldotest.Answer {
	s.t.Helper()
	answer, example := s.ask(c, status, request, body, headers)
	s.Operations[operation] = example
	return answer
}

// fail makes the example of a kind of error.
func (s *script) fail(c *saldotest.Client, response string, status int, request, body string, headers ...string) {
	s.t.Helper()
	_, s.Errors[response] = s.ask(c, status, request, body, headers)
}

func (s *script) ask(
	c *saldotest.Client, status int, request, body string, headers []string,
) (saldotest.Answer, openapi.Example) {
	s.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	var sent any
	if body != "" {
		sent = body
	}
	answer := c.Must(s.t, status, method, path, sent, headers...)
	example := openapi.Example{Request: request, Status: status, Response: answer.Body}
	if len(body) > 0 && len(body) < 4<<10 {
		example.Body = json.RawMessage(body)
	}
	return answer, example
}

// compare holds what was answered against the examples of the document, or
// writes them.
func (s *script) compare() {
	s.t.Helper()
	file := filepath.Join("..", "..", "openapi", "examples", s.name+".json")
	raw, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	var kept openapi.Examples
	if err := json.Unmarshal(raw, &kept); err != nil {
		s.t.Fatal(err)
	}
	changed := s.compareEach("operation", kept.Operations, s.Operations)
	changed = s.compareEach("error", kept.Errors, s.Errors) || changed
	if kept.Webhooks == nil {
		kept.Webhooks = make(map[string]openapi.Example)
	}
	changed = s.compareEach("webhook", kept.Webhooks, s.Webhooks) || changed
	if !changed || !*update {
		return
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(kept); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// compareEach brings kept up to date where something changed that is not chance.
func (s *script) compareEach(what string, kept, made map[string]openapi.Example) (changed bool) {
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if normal(s.t, kept[name]) == normal(s.t, made[name]) {
			continue
		}
		changed = true
		if !*update {
			s.t.Errorf("the example of %s %s of the %s API is\n%s\nand came out as\n%s\nSee make examples.",
				what, name, s.name, normal(s.t, kept[name]), normal(s.t, made[name]))
		}
		kept[name] = presentable(s.t, made[name])
	}
	for name := range kept {
		if _, ok := made[name]; !ok {
			changed = true
			delete(kept, name)
			if !*update {
				s.t.Errorf("the example of %s %s of the %s API is asked for by nobody", what, name, s.name)
			}
		}
	}
	return changed
}

// chances are what differs from run to run, and what stands for it.
var chances = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`000201[^"]*6304[0-9A-F]{4}`), "<BR Code>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "<time>"},
	{regexp.MustCompile(`"\d{4}-\d\d-\d\d"`), `"<day>"`},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`[ED][0-9A-Z]{8}\d{12}[0-9A-Za-z]{11}`), "<end-to-end id>"},
	{regexp.MustCompile(`account-\d+-[0-9a-f]{8}`), "<client>"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "<address>"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "<fingerprint>"},
	{regexp.MustCompile(`\b[0-9a-zA-Z]{26,35}\b`), "<text>"},
	{regexp.MustCompile(`\b\d{10,20}\b`), "<number>"},
	{regexp.MustCompile(`"millis":\d+`), `"millis":<number>`},
}

// secrets are members of which examples show the beginning only.
var secrets = []string{"access_token", "clientSecret", "clientCert", "clientKey", "certificate", "qrCodeImage", "signingSecret"}

// normal is an example without what differs from run to run.
func normal(t *testing.T, e openapi.Example) string {
	t.Helper()
	e = presentable(t, e)
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, name := range secrets {
		text = regexp.MustCompile(`"`+name+`":"[^"]*"`).ReplaceAllString(text, `"`+name+`":"<secret>"`)
	}
	for _, c := range chances {
		text = c.pattern.ReplaceAllString(text, c.name)
	}
	return text
}

// presentable is an example whose secrets are cut.
func presentable(t *testing.T, e openapi.Example) openapi.Example {
	t.Helper()
	for _, raw := range []*json.RawMessage{&e.Body, &e.Response} {
		var value any
		decoder := json.NewDecoder(bytes.NewReader(*raw))
		decoder.UseNumber()
		if len(*raw) == 0 || decoder.Decode(&value) != nil {
			*raw = nil
			continue
		}
		for _, name := range secrets {
			*raw = regexp.MustCompile(`"`+name+`":\s*"([^"]{12})[^"]*"`).ReplaceAll(*raw, []byte(`"`+name+`":"$1…"`))
		}
	}
	return e
}

// wantAll fails for operations of a document that have no example.
func (s *script) wantAll(document openapi.Document, but ...string) {
	s.t.Helper()
	for _, o := range document.Operations() {
		if _, ok := s.Operations[o.ID]; !ok && !slices.Contains(but, o.ID) {
			s.t.Errorf("operation %s of the %s API has no example", o.ID, s.name)
		}
	}
}

// TestTheExamplesAreReal asks a running saldo for all examples of the documents.
func TestTheExamplesAreReal(t *testing.T) {
	p := house(t, places[0])
	public, operator := newScript(t, "public"), newScript(t, "operator")
	a := operator.accounts(p)
	public.tokens(a)
	public.money(p, a, operator)
	public.bacen(p, a)
	public.closed(p, operator)
	public.webhooks(p, a, operator)
	public.alerts(p)
	public.sandbox(p, a)
	public.reconciliations(p)
	public.errors(p, a)
	operator.holds(p, a)
	operator.watch(p, a)
	operator.deadLetters(t)
	operator.orders(t)
	operator.service(p)
	public.compare()
	operator.compare()
	documentItself := []string{"getOpenAPI", "getOpenAPIAsYAML", "getMetrics"}
	public.wantAll(openapi.Public(), append(documentItself, "streamBalance")...)
	operator.wantAll(openapi.Operator(), documentItself...)
	for _, c := range []*saldotest.Client{a.Client, p.OperatorClient()} {
		c.Must(t, http.StatusOK, "GET", "/openapi.json", nil)
		c.Must(t, http.StatusOK, "GET", "/openapi.yaml", nil)
		c.Token = ""
		refused(t, c, http.StatusUnauthorized, "GET", "/openapi.json", nil)
		refused(t, c, http.StatusUnauthorized, "GET", "/openapi.yaml", nil)
	}
}

// text formats a request.
func text(format string, args ...any) string { return fmt.Sprintf(format, args...) }
