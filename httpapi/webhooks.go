package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// webhookRequest is the body of POST /api/webhooks (contract §7.1).
type webhookRequest struct {
	URL       *string `json:"url"`
	EventType *string `json:"eventType"`
	Headers   []struct {
		Key   *string `json:"key"`
		Value *string `json:"value"`
	} `json:"headers"`
}

// webhookSet tells that a webhook is set. SigningSecret, an extra, is told once:
// when the webhook is new.
type webhookSet struct {
	Success       bool   `json:"success"`
	Message       string `json:"message"`
	SigningSecret string `json:"signingSecret,omitempty"`
}

// setWebhook is POST /api/webhooks: one webhook for each type of event, created or
// replaced with all its headers, at once.
func (s *Server) setWebhook(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var request webhookRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	notice := readNotice(&f, request.EventType)
	url := readTarget(&f, s.Webhooks.Policy(), request.URL)
	headers := readHeaders(&f, &request)
	if err := f.Err(); err != nil {
		return err
	}
	_, secret, err := s.Webhooks.Set(r.Context(), who.Account, notice, url, headers, false)
	if errors.Is(err, ledger.ErrAccountNotFound) {
		return &wire.Problem{
			Status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no such account",
			UserMessage: "Conta não encontrada.",
		}
	}
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, webhookSet{true, "Webhook configurado com sucesso", secret})
}

func readNotice(f *wire.Fields, name *string) pix.Notice {
	var names []string
	for _, n := range pix.Notices() {
		names = append(names, string(n))
	}
	return pix.Notice(f.OneOf("eventType", name, names...))
}

func readTarget(f *wire.Fields, policy webhook.Policy, text *string) string {
	url := f.Text("url", text, webhook.URLMax)
	if url == "" {
		return ""
	}
	if err := policy.CheckURL(url); err != nil {
		f.Refuse("url", err.Error())
	}
	return url
}

func readHeaders(f *wire.Fields, in *webhookRequest) []webhook.Header {
	if len(in.Headers) > webhook.HeadersMax {
		f.Refuse("headers", fmt.Sprintf("must have at most %d items", webhook.HeadersMax))
		return nil
	}
	var headers []webhook.Header
	seen := make(map[string]bool)
	for i, h := range in.Headers {
		field := fmt.Sprintf("headers[%d]", i)
		if h.Key == nil || h.Value == nil {
			f.Refuse(field, "must have a key and a value")
			continue
		}
		if err := webhook.CheckHeader(*h.Key, *h.Value); err != nil {
			f.Refuse(field, err.Error())
		}
		if name := strings.ToLower(*h.Key); seen[name] {
			f.Refuse(field, "repeats a key")
		} else {
			seen[name] = true
		}
		headers = append(headers, webhook.Header{Name: *h.Key, Value: *h.Value})
	}
	return headers
}

// webhookList is what GET /api/webhooks answers.
type webhookList struct {
	AccountID ledger.AccountID  `json:"accountId"`
	Webhooks  []webhookResponse `json:"webhooks"`
	Total     int               `json:"total"`
}

type webhookResponse struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	IsActive  bool              `json:"isActive"`
	CreatedAt string            `json:"createdAt"`
}

// listWebhooks is GET /api/webhooks.
func (s *Server) listWebhooks(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	profile, err := s.Reader.Profile(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	list := webhookList{AccountID: who.Account, Webhooks: []webhookResponse{}}
	for _, n := range pix.Notices() {
		e, ok := profile.Settings.Webhooks.Endpoint(n)
		if !ok {
			continue
		}
		opened, err := s.Webhooks.Headers(who.Account, e)
		if err != nil {
			return fmt.Errorf("webhook %s of account %s: %w", n, who.Account, err)
		}
		headers := make(map[string]string, len(opened))
		for _, h := range opened {
			headers[h.Name] = h.Value
		}
		list.Webhooks = append(list.Webhooks, webhookResponse{
			ID: fmt.Sprint(e.ID), Type: string(n), URL: e.URL, Headers: headers, IsActive: !e.Paused,
			CreatedAt: wire.Timestamp(e.CreatedAt),
		})
	}
	list.Total = len(list.Webhooks)
	return wire.Write(w, http.StatusOK, list)
}
