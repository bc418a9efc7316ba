package operator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// webhooksResponse is where an account is told what happens on it. Nothing that is
// secret is shown.
type webhooksResponse struct {
	AccountID string            `json:"accountId"`
	Version   int               `json:"version"`  // of movements created now
	Since     *string           `json:"since"`    // movements created before are told in the other version; null if all are
	Username  *string           `json:"username"` // of the Basic credentials, null if none are sent
	Data      []webhookResponse `json:"data"`
}

// webhookResponse is one webhook. SigningSecret is shown when it is new, and never
// again.
type webhookResponse struct {
	ID                  string   `json:"id"`
	Event               string   `json:"event"`
	URL                 string   `json:"url"`
	Headers             []string `json:"headers"` // their names
	Active              bool     `json:"active"`
	SigningSecret       string   `json:"signingSecret,omitempty"`
	OldSecretValidUntil *string  `json:"oldSecretValidUntil"`
	CreatedAt           string   `json:"createdAt"`
	UpdatedAt           string   `json:"updatedAt"`
}

func (s *Server) newWebhookResponse(e pix.Endpoint, secret string) webhookResponse {
	out := webhookResponse{
		ID: strconv.FormatUint(e.ID, 10), Event: string(e.Notice), URL: e.URL, Headers: []string{}, Active: !e.Paused,
		SigningSecret: secret, CreatedAt: wire.Timestamp(e.CreatedAt), UpdatedAt: wire.Timestamp(e.UpdatedAt),
	}
	for _, h := range e.Headers {
		out.Headers = append(out.Headers, h.Name)
	}
	if s.Now().Before(e.OldUntil) {
		out.OldSecretValidUntil = wire.OptionalTimestamp(e.OldUntil)
	}
	return out
}

// listWebhooks is GET /accounts/{id}/webhooks.
func (s *Server) listWebhooks(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	profile, err := s.Reader.Profile(r.Context(), id)
	if err != nil {
		return err
	}
	hooks := profile.Settings.Webhooks
	out := webhooksResponse{AccountID: id.String(), Version: hooks.Version(s.Now()), Data: []webhookResponse{}}
	if hooks != nil {
		out.Since, out.Username = wire.OptionalTimestamp(hooks.Since), wire.Optional(hooks.Username)
	}
	for _, n := range pix.Notices() {
		if e, ok := hooks.Endpoint(n); ok {
			out.Data = append(out.Data, s.newWebhookResponse(e, ""))
		}
	}
	return wire.Write(w, http.StatusOK, out)
}

// webhookRequest sets one webhook.
type webhookRequest struct {
	URL     *string           `json:"url"`
	Headers map[string]string `json:"headers"`
	Active  *bool             `json:"active"` // true if left out
}

// setWebhook is PUT /accounts/{id}/webhooks/{event}.
func (s *Server) setWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	notice, err := pathNotice(r)
	if err != nil {
		return err
	}
	var request webhookRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	url := f.Text("url", request.URL, webhook.URLMax)
	if err := s.Webhooks.Policy().CheckURL(url); err != nil && url != "" {
		f.Refuse("url", err.Error())
	}
	headers := readHeaders(&f, request.Headers)
	if err := f.Err(); err != nil {
		return err
	}
	paused := request.Active != nil && !*request.Active
	e, secret, err := s.Webhooks.Set(r.Context(), id, notice, url, headers, paused)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, s.newWebhookResponse(e, secret))
}

func readHeaders(f *wire.Fields, in map[string]string) []webhook.Header {
	if len(in) > webhook.HeadersMax {
		f.Refuse("headers", fmt.Sprintf("must have at most %d items", webhook.HeadersMax))
		return nil
	}
	var headers []webhook.Header
	seen := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(in)) {
		value := in[name]
		if err := webhook.CheckHeader(name, value); err != nil {
			f.Refuse("headers", err.Error())
		}
		if lower := strings.ToLower(name); seen[lower] {
			f.Refuse("headers", "repeats "+lower)
		} else {
			seen[lower] = true
		}
		headers = append(headers, webhook.Header{Name: name, Value: value})
	}
	return headers
}

// pathNotice reads the event of the path.
func pathNotice(r *http.Request) (pix.Notice, error) {
	for _, n := range pix.Notices() {
		if string(n) == r.PathValue("event") {
			return n, nil
		}
	}
	return "", pix.ErrNoWebhook
}

// deleteWebhook is DELETE /accounts/{id}/webhooks/{event}. What is on its way to it
// is dropped.
func (s *Server) deleteWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	notice, err := pathNotice(r)
	if err != nil {
		return err
	}
	if _, err := book.Do(r.Context(), s.Book, &pix.DeleteWebhook{Account: id, Notice: notice}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// rotateSecret is POST /accounts/{id}/webhooks/{event}/secret: a new signing
// secret, shown once. The old one signs beside it for a day.
func (s *Server) rotateSecret(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	notice, err := pathNotice(r)
	if err != nil {
		return err
	}
	e, secret, err := s.Webhooks.Rotate(r.Context(), id, notice)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, s.newWebhookResponse(e, secret))
}

// attemptResponse is what became of one attempt. Status is the endpoint's, null if
// it did not answer.
type attemptResponse struct {
	Delivered bool    `json:"delivered"`
	SentAt    string  `json:"sentAt"`
	Millis    int64   `json:"millis"`
	Status    *int    `json:"status"`
	Error     *string `json:"error"`
}

// testWebhook is POST /accounts/{id}/webhooks/{event}/test: a message that tells of
// nothing, now.
func (s *Server) testWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	notice, err := pathNotice(r)
	if err != nil {
		return err
	}
	a, err := s.Webhooks.Test(r.Context(), id, notice)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, attemptResponse{
		Delivered: a.Delivered(), SentAt: wire.Timestamp(a.At), Millis: a.Took.Milliseconds(),
		Status: optionalStatus(a.Status), Error: wire.Optional(a.Reason()),
	})
}

func optionalStatus(status int) *int {
	if status == 0 {
		return nil
	}
	return &status
}

// webhookSettings changes how an account is told: what is left out stays.
type webhookSettings struct {
	Version  *int    `json:"version"`
	Username *string `json:"username"` // empty sends no credentials
	Password *string `json:"password"`
}

// Limits of Basic credentials, in characters.
const (
	usernameMax = 100
	passwordMax = 200
)

// setWebhookSettings is PATCH /accounts/{id}/webhooks.
func (s *Server) setWebhookSettings(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	var request webhookSettings
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	if v := request.Version; v != nil && *v != 1 && *v != 2 {
		f.Refuse("version", "must be 1 or 2")
	}
	username := f.OptionalText("username", request.Username, usernameMax)
	password := f.OptionalText("password", request.Password, passwordMax)
	switch {
	case strings.Contains(username, ":"):
		f.Refuse("username", "must not contain a colon")
	case username != "" && password == "":
		f.Refuse("password", "is required with a username")
	case request.Password != nil && username == "" && password != "":
		f.Refuse("username", "is required with a password")
	}
	if err := f.Err(); err != nil {
		return err
	}
	if request.Version != nil {
		at := s.Now().UTC().Truncate(time.Microsecond)
		c := &pix.SetWebhookVersion{Account: id, Version: *request.Version, At: at}
		if _, err := book.Do(r.Context(), s.Book, c); err != nil {
			return err
		}
	}
	if request.Username != nil {
		if err := s.Webhooks.SetCredentials(r.Context(), id, username, password); err != nil {
			return err
		}
	}
	return s.listWebhooks(w, r)
}
