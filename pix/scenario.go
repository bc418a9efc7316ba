package pix

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Scenario is what the sandbox is asked to do with a payment or charge
// (contract §8). The empty one is success.
type Scenario string

// ScenarioUnpaid is that of a charge which nobody pays by himself. The contract does not
// know it.
const ScenarioUnpaid Scenario = "unpaid"

// ErrUnknownScenario means that a scenario's name is not known.
var ErrUnknownScenario = errors.New("unknown sandbox scenario")

// sandboxLatency is how long the sandbox takes for what is not delayed on
// purpose; scenarioDelayMax bounds the delay that may be asked for on top.
const (
	sandboxLatency   = time.Second
	scenarioDelayMax = 120 * time.Second
)

// failures are the error scenarios, with what their events carry.
var failures = map[Scenario]struct{ code, message string }{
	"error:insufficient-funds": {"INSUFFICIENT_FUNDS", "saldo insuficiente"},
	"error:invalid-pix-key":    {"INVALID_PIX_KEY", "chave inexistente"},
	"error:document-mismatch":  {"DOCUMENT_MISMATCH", "documento não é do titular da chave"},
	"error:account-blocked":    {"ACCOUNT_BLOCKED", "conta do recebedor bloqueada"},
	"error:duplicate-id":       {"DUPLICATE_ID", "identificador repetido"},
}

// ParseScenario reads the name of a scenario, or returns ErrUnknownScenario.
func ParseScenario(text string) (Scenario, error) {
	s := Scenario(text)
	if _, fails := failures[s]; fails || s == "" || s == "success" || s == ScenarioUnpaid {
		return s, nil
	}
	if _, ok := s.delay(); !ok {
		return "", ErrUnknownScenario
	}
	return s, nil
}

// delay returns the delay that the scenario asks for.
func (s Scenario) delay() (time.Duration, bool) {
	text, delayed := strings.CutPrefix(string(s), "delayed:")
	number, inSeconds := strings.CutSuffix(text, "s")
	seconds, err := strconv.ParseUint(number, 10, 16)
	if !delayed || !inSeconds || err != nil {
		return 0, false
	}
	return min(time.Duration(seconds)*time.Second, scenarioDelayMax), true
}

// Wait tells how long the sandbox takes until the outcome.
func (s Scenario) Wait() time.Duration {
	delay, _ := s.delay()
	return sandboxLatency + delay
}

// Failure returns what goes wrong in the scenario, if anything.
func (s Scenario) Failure() (code, message string, fails bool) {
	f, fails := failures[s]
	return f.code, f.message, fails
}
