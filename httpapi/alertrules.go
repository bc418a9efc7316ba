package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// Limits of a rule: of its texts in characters, of its times in minutes.
const (
	alertNameMax      = 100
	alertNoteMax      = 500
	silenceMin        = 5
	alertMinutesMax   = 90 * 24 * 60
	alertCooldownMin  = 1
	alertCooldownMax  = 7 * 24 * 60
	alertReminderLow  = 5
	alertReminderMax  = 30 * 24 * 60
	alertThresholdMax = 1_000_000_000_000_00 // centavos
)

// ruleRequest is the body that sets a rule. Threshold and hysteresis are in reais,
// percent or minutes, as the kind has it.
type ruleRequest struct {
	Name       *string         `json:"name"`
	Kind       *string         `json:"kind"`
	Threshold  json.RawMessage `json:"threshold"`
	Hysteresis json.RawMessage `json:"hysteresis"`
	Cooldown   json.RawMessage `json:"cooldownMinutes"`
	Reminder   json.RawMessage `json:"reminderMinutes"`
	Channels   []string        `json:"channels"`
	Enabled    *bool           `json:"enabled"`
}

// ruleResponse is one rule.
type ruleResponse struct {
	ID         string   `json:"id"`
	Name       *string  `json:"name"`
	Kind       string   `json:"kind"`
	Threshold  any      `json:"threshold"`
	Hysteresis any      `json:"hysteresis"`
	Unit       string   `json:"unit"`
	Cooldown   int64    `json:"cooldownMinutes"`
	Reminder   int64    `json:"reminderMinutes"` // 0 sends none
	Channels   []string `json:"channels"`
	Enabled    bool     `json:"enabled"`
	Active     bool     `json:"active"`      // the condition holds
	OpenAlert  *string  `json:"openAlertId"` // null if none is open
	CreatedAt  string   `json:"createdAt"`
	UpdatedAt  string   `json:"updatedAt"`
}

func newRuleResponse(r pix.AlertRule) ruleResponse {
	out := ruleResponse{
		ID: formatID(r.ID), Name: wire.Optional(r.Name), Kind: string(r.Kind),
		Cooldown: int64(r.Cooldown / time.Minute),
		Reminder: int64(r.Reminder / time.Minute), Channels: []string{}, Enabled: !r.Paused, Active: r.State.On,
		CreatedAt: wire.Timestamp(r.CreatedAt), UpdatedAt: wire.Timestamp(r.UpdatedAt),
	}
	out.Threshold, out.Unit = webhook.Threshold(r.Kind, r.Threshold)
	out.Hysteresis, _ = webhook.Threshold(r.Kind, r.Hysteresis)
	for _, id := range r.Channels {
		out.Channels = append(out.Channels, formatID(id))
	}
	if r.State.Open != nil {
		out.OpenAlert = wire.Optional(formatID(r.State.Open.ID))
	}
	return out
}

func formatID(id uint64) string { return strconv.FormatUint(id, 10) }

// pathID reads the number in the path; 0 fits nothing.
func pathID(r *http.Request) uint64 {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// readRule reads the body of a rule.
func readRule(w http.ResponseWriter, r *http.Request) (pix.AlertRule, error) {
	var in ruleRequest
	if err := wire.Decode(w, r, &in); err != nil {
		return pix.AlertRule{}, err
	}
	var f wire.Fields
	var names []string
	for _, kind := range pix.AlertKinds() {
		names = append(names, string(kind))
	}
	rule := pix.AlertRule{
		Name: f.OptionalText("name", in.Name, alertNameMax), Kind: pix.AlertKind(f.OneOf("kind", in.Kind, names...)),
		Paused: in.Enabled != nil && !*in.Enabled,
	}
	readThreshold(&f, &rule, &in)
	rule.Cooldown = time.Minute * time.Duration(f.Whole("cooldownMinutes", in.Cooldown,
		alertCooldownMin, alertCooldownMax, int64(pix.AlertCooldownDefault/time.Minute)))
	if minutes := f.Whole("reminderMinutes", in.Reminder, 0, alertReminderMax, 0); minutes > 0 {
		if minutes < alertReminderLow {
			f.Refuse("reminderMinutes", fmt.Sprintf("must be 0 or at least %d", alertReminderLow))
		}
		rule.Reminder = time.Minute * time.Duration(minutes)
	}
	if len(in.Channels) > pix.AlertChannelsMax {
		f.Refuse("channels", fmt.Sprintf("must have at most %d items", pix.AlertChannelsMax))
		return rule, f.Err()
	}
	for i, text := range in.Channels {
		id, err := strconv.ParseUint(text, 10, 64)
		if err != nil || slices.Contains(rule.Channels, id) {
			f.Refuse(fmt.Sprintf("channels[%d]", i), "must be the id of a channel, each once")
		}
		rule.Channels = append(rule.Channels, id)
	}
	return rule, f.Err()
}

// readThreshold reads threshold and hysteresis in the unit of the rule's kind.
func readThreshold(f *wire.Fields, rule *pix.AlertRule, in *ruleRequest) {
	rule.Threshold = rule.Kind.Default()
	switch rule.Kind.Unit() {
	case pix.UnitMoney:
		if present(in.Threshold) {
			rule.Threshold = int64(f.Amount("threshold", in.Threshold))
		}
		if rule.Threshold > alertThresholdMax {
			f.RefuseAmount("threshold", "must be at most "+money.Centavos(alertThresholdMax).String())
		}
	case pix.UnitPercent:
		rule.Threshold = f.Whole("threshold", in.Threshold, 1, 99, rule.Threshold)
	case pix.UnitMinutes:
		low := int64(1)
		if rule.Kind == pix.AlertNoReceipt {
			low = silenceMin
		}
		rule.Threshold = f.Whole("threshold", in.Threshold, low, alertMinutesMax, rule.Threshold)
	}
	rule.Hysteresis = rule.Kind.DefaultHysteresis(rule.Threshold)
	if !present(in.Hysteresis) {
		return
	}
	if rule.Kind.Unit() == pix.UnitMoney {
		rule.Hysteresis = int64(f.OptionalAmount("hysteresis", in.Hysteresis))
	} else {
		rule.Hysteresis = f.Whole("hysteresis", in.Hysteresis, 0, alertMinutesMax, 0)
	}
	switch {
	case rule.Kind == pix.AlertNoReceipt && rule.Hysteresis != 0:
		f.Refuse("hysteresis", "must be 0 for this kind")
	case rule.Hysteresis > rule.Threshold:
		f.Refuse("hysteresis", "must not exceed the threshold")
	}
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// ruleList is what GET /api/alerts/rules answers.
type ruleList struct {
	Data []ruleResponse `json:"data"`
}

// listRules is GET /api/alerts/rules.
func (s *Server) listRules(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	profile, err := s.Reader.Profile(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	out := ruleList{Data: []ruleResponse{}}
	if a := profile.Settings.Alerts; a != nil {
		for _, rule := range a.Rules {
			out.Data = append(out.Data, newRuleResponse(rule))
		}
	}
	return wire.Write(w, http.StatusOK, out)
}

// showRule is GET /api/alerts/rules/{id}.
func (s *Server) showRule(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	profile, err := s.Reader.Profile(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	rule, ok := profile.Settings.Alerts.Rule(pathID(r))
	if !ok {
		return pix.ErrNoRule
	}
	return wire.Write(w, http.StatusOK, newRuleResponse(rule))
}

// createRule is POST /api/alerts/rules. The rule judges at once: an alert may be
// open when the answer comes.
func (s *Server) createRule(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	return s.putRule(w, r, who, 0, http.StatusCreated)
}

// replaceRule is PUT /api/alerts/rules/{id}.
func (s *Server) replaceRule(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	id := pathID(r)
	if id == 0 {
		return pix.ErrNoRule
	}
	return s.putRule(w, r, who, id, http.StatusOK)
}

func (s *Server) putRule(w http.ResponseWriter, r *http.Request, who auth.Identity, id uint64, status int) error {
	rule, err := readRule(w, r)
	if err != nil {
		return err
	}
	rule.ID = id
	done, err := book.Do(r.Context(), s.Book, &pix.SetAlertRule{Account: who.Account, Rule: rule, At: s.instant()})
	if errors.Is(err, pix.ErrNoChannel) {
		return wire.Invalid("channels", "names a channel that is not there")
	}
	if err != nil {
		return ownAccount(err)
	}
	return wire.Write(w, status, newRuleResponse(done))
}

// deleteRule is DELETE /api/alerts/rules/{id}.
func (s *Server) deleteRule(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	_, err := book.Do(r.Context(), s.Book, &pix.DeleteAlertRule{Account: who.Account, ID: pathID(r), At: s.instant()})
	if err != nil {
		return ownAccount(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// instant is now as the books keep it.
func (s *Server) instant() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// translateAlert is the table of alerts' errors.
func translateAlert(err error) *wire.Problem {
	p := &wire.Problem{
		Status: http.StatusNotFound, Code: "NOT_FOUND", Message: err.Error(), UserMessage: "Recurso não encontrado.",
	}
	switch {
	case errors.Is(err, pix.ErrNoRule):
		p.Message = pix.ErrNoRule.Error()
	case errors.Is(err, pix.ErrNoChannel):
		p.Message = pix.ErrNoChannel.Error()
	case errors.Is(err, pix.ErrNoAlert):
		p.Message = pix.ErrNoAlert.Error()
	case errors.Is(err, pix.ErrTooManyRules), errors.Is(err, pix.ErrTooManyChannels):
		p.Status, p.Code = http.StatusConflict, "LIMIT_REACHED"
		p.UserMessage = "Limite atingido. Remova um item antes de criar outro."
	default:
		return nil
	}
	return p
}
