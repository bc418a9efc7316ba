package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/wire"
)

// responder logs to log and translates nothing but unavailability.
func responder(log *bytes.Buffer) *wire.Responder {
	return &wire.Responder{
		Translate: wire.Unavailable,
		NewID:     func() string { return "error-1" },
		Now:       func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 250e6, time.UTC) },
		Log:       slog.New(slog.NewTextHandler(log, nil)),
	}
}

func answer(h http.Handler, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "/path", strings.NewReader(body)))
	return w
}

func TestAPanicIsA500ThatIsLoggedAndTheServerLivesOn(t *testing.T) {
	var log bytes.Buffer
	calls := 0
	h := responder(&log).Handle(func(w http.ResponseWriter, _ *http.Request) error {
		if calls++; calls == 1 {
			panic("secret cause")
		}
		return wire.Write(w, http.StatusOK, 1)
	})
	server := httptest.NewServer(h)
	defer server.Close()
	for _, want := range []int{http.StatusInternalServerError, http.StatusOK} {
		response, err := http.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(response.Body)
		response.Body.Close()
		if response.StatusCode != want || strings.Contains(body.String(), "secret") {
			t.Errorf("answer %d %s, want %d", response.StatusCode, body.String(), want)
		}
	}
	if !strings.Contains(log.String(), "secret cause") || !strings.Contains(log.String(), "error-1") {
		t.Errorf("log lacks the cause or its id: %s", log.String())
	}
}

func TestAnUnknownErrorIsABare500(t *testing.T) {
	var log bytes.Buffer
	w := answer(responder(&log).Handle(func(http.ResponseWriter, *http.Request) error {
		return errors.New("disk /dev/x is on fire")
	}), "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("answer %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "on fire") {
		t.Errorf("log lacks the cause: %s", log.String())
	}
}

func TestABusyServerSaysWhenToComeBack(t *testing.T) {
	for _, cause := range []error{book.ErrBusy, book.ErrStopped, book.ErrUnavailable} {
		var log bytes.Buffer
		w := answer(responder(&log).Handle(func(http.ResponseWriter, *http.Request) error { return cause }), "")
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%v: %d, Retry-After %q", cause, w.Code, w.Header().Get("Retry-After"))
		}
	}
}

func TestTheErrorBodyIsTheWholeSuperset(t *testing.T) {
	var log bytes.Buffer
	w := answer(responder(&log).Handle(func(http.ResponseWriter, *http.Request) error {
		return wire.Invalid("value", "is required")
	}), "")
	want := `{"statusCode":400,"error":"Bad Request","code":"INVALID_REQUEST","errorCode":"INVALID_REQUEST",` +
		`"message":"value is required","userMessage":"Dados inválidos: verifique o campo value.",` +
		`"details":{"field":"value","violations":[{"field":"value","reason":"is required"}]},"errorId":"error-1",` +
		`"timestamp":"2026-11-20T12:00:00.250Z","path":"/path","method":"POST"}`
	if w.Body.String() != want {
		t.Errorf("body\n%s\nwant\n%s", w.Body, want)
	}
}

func TestDecodeNamesTheField(t *testing.T) {
	type body struct {
		Name    *string           `json:"name"`
		Info    map[string]string `json:"info"`
		Details struct {
			Count *int `json:"count"`
			Flag  bool `json:"flag"`
		} `json:"details"`
	}
	for in, want := range map[string]string{
		`{"name":7}`:                  "name must be a string",
		`{"details":{"count":"x"}}`:   "details.count must be a whole number",
		`{"details":{"flag":"x"}}`:    "details.flag must be true or false",
		`{"details":7}`:               "details must be an object",
		`{"name":"x"`:                 "body is not valid JSON at byte 11",
		`{"name":"x"}{`:               "body is not valid JSON at byte 13",
		`[]`:                          "body must be a JSON object",
		``:                            "body must be a JSON object",
		`{"name":"x","unknown":true}`: "",
	} {
		var v body
		err := wire.Unmarshal([]byte(in), &v)
		if (err == nil) != (want == "") || (err != nil && err.Error() != want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
}

func TestFieldsRememberEveryViolation(t *testing.T) {
	var f wire.Fields
	long, control, empty := "ééé", "a\x07b", " "
	f.Amount("a", json.RawMessage("1.999"))
	f.Text("b", &long, 2)
	f.Text("c", &empty, 2)
	f.OptionalText("d", &control, 9)
	f.Whole("e", json.RawMessage("1.5"), 0, 9, 0)
	f.Whole("g", json.RawMessage("10"), 0, 9, 0)
	f.OneOf("h", &long, "x", "y")
	bad := "yesterday"
	f.Time("i", &bad, time.Time{})
	p := f.Problem()
	got, _ := json.Marshal(p.Details["violations"])
	want := `[{"field":"a","reason":"must have at most 2 decimal places"},` +
		`{"field":"b","reason":"must have at most 2 characters"},{"field":"c","reason":"is required"},` +
		`{"field":"d","reason":"must not contain control characters"},{"field":"e","reason":"must be a whole number"},` +
		`{"field":"g","reason":"must be between 0 and 9"},{"field":"h","reason":"must be one of x, y"},` +
		`{"field":"i","reason":"must be a time with its zone, as in 2026-11-20T12:00:00.000Z"}]`
	if string(got) != want || p.Code != "INVALID_AMOUNT" {
		t.Errorf("%s %s\nwant %s", p.Code, got, want)
	}
	var none wire.Fields
	if err := none.Err(); err != nil {
		t.Errorf("no violation is %v", err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"value":1.00,"externalId":"x","details":{"key":"k"}}`))
	f.Add([]byte(`[{"id":"a"}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v struct {
			Value   json.RawMessage `json:"value"`
			Name    *string         `json:"name"`
			Details struct {
				Key *string `json:"key"`
			} `json:"details"`
		}
		if err := wire.Unmarshal(raw, &v); err != nil {
			if !strings.Contains(err.Error(), " ") {
				t.Errorf("error %q does not tell what is wrong", err)
			}
			return
		}
		var fields wire.Fields
		amount := fields.Amount("value", v.Value)
		fields.Text("name", v.Name, 10)
		if fields.Err() == nil && amount < 1 {
			t.Errorf("amount %s is taken", amount)
		}
	})
}
