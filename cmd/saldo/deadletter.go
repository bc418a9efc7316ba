package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// deliveriesCmd is saldo webhook deliveries.
type deliveriesCmd struct {
	Number string `arg:"" help:"Number of the transaction or MED case."`
	operatorFlags
}

// shownDelivery is one attempt as the operator's API shows it.
type shownDelivery struct {
	ID      string  `json:"id"`
	Event   string  `json:"event"`
	URL     string  `json:"url"`
	At      string  `json:"at"`
	Attempt int     `json:"attempt"`
	Status  *int    `json:"status"`
	Result  string  `json:"result"`
	Error   *string `json:"error"`
}

// Run lists the attempts.
func (c *deliveriesCmd) Run(ctx context.Context, m *machine) error {
	answers, err := c.list(ctx, "/deliveries/"+url.PathEscape(c.Number))
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answers)
	}
	deliveries, err := decodeAll[shownDelivery](answers)
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "AT", "EVENT", "ATTEMPT", "RESULT", "STATUS", "ERROR", "URL"}}
	for _, d := range deliveries {
		rows = append(rows, []string{
			d.ID, d.At, d.Event, strconv.Itoa(d.Attempt), d.Result, status(d.Status), orNone(d.Error), d.URL,
		})
	}
	return table(m.stdout, rows)
}

func status(s *int) string {
	if s == nil {
		return "none"
	}
	return strconv.Itoa(*s)
}

// deadLettersCmd is saldo webhook dead-letters.
type deadLettersCmd struct {
	Account string `placeholder:"NUMBER" help:"Of this account only."`
	operatorFlags
}

// shownLetter is a dead letter as the operator's API shows it.
type shownLetter struct {
	ID        string `json:"id"`
	AccountID string `json:"accountId"`
	Event     string `json:"event"`
	Number    string `json:"number"`
	URL       string `json:"url"`
	Attempts  int    `json:"attempts"`
	Error     string `json:"error"`
	LastAt    string `json:"lastAttemptAt"`
}

// Run lists the dead letters, newest first.
func (c *deadLettersCmd) Run(ctx context.Context, m *machine) error {
	answers, err := c.list(ctx, "/dead-letters")
	if err != nil {
		return err
	}
	letters, err := decodeAll[shownLetter](answers)
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "ACCOUNT", "EVENT", "NUMBER", "ATTEMPTS", "LAST", "ERROR", "URL"}}
	wanted := answers[:0]
	for i, l := range letters {
		if c.Account != "" && l.AccountID != c.Account {
			continue
		}
		wanted = append(wanted, answers[i])
		rows = append(rows, []string{
			l.ID, l.AccountID, l.Event, l.Number, strconv.Itoa(l.Attempts), l.LastAt, l.Error, l.URL,
		})
	}
	if c.JSON {
		return printJSON(m.stdout, wanted)
	}
	return table(m.stdout, rows)
}

// replayCmd is saldo webhook replay.
type replayCmd struct {
	ID      string `arg:"" optional:"" help:"Number of a dead letter."`
	Account string `placeholder:"NUMBER" help:"All dead letters of this account."`
	operatorFlags
}

// replayed tells how many are on their way again.
type replayed struct {
	Replayed int  `json:"replayed"`
	More     bool `json:"more"`
}

// Run replays one dead letter, or all of an account.
func (c *replayCmd) Run(ctx context.Context, m *machine) error {
	if (c.ID == "") == (c.Account == "") {
		return usageError{errors.New("name a dead letter or --account")}
	}
	path := "/dead-letters/" + url.PathEscape(c.ID) + "/replay"
	if c.Account != "" {
		path = "/accounts/" + url.PathEscape(c.Account) + "/dead-letters/replay"
	}
	var done replayed
	for more := true; more; {
		answer, err := c.call(ctx, http.MethodPost, path, nil)
		if err != nil {
			return err
		}
		some, err := decode[replayed](answer)
		if err != nil {
			return err
		}
		done.Replayed += some.Replayed
		more = some.More && some.Replayed > 0
	}
	if c.JSON {
		return printJSON(m.stdout, done)
	}
	_, err := fmt.Fprintln(m.stdout, "replayed", done.Replayed)
	return err
}

// discardCmd is saldo webhook discard.
type discardCmd struct {
	ID string `arg:"" help:"Number of the dead letter."`
	operatorFlags
}

// Run discards the dead letter.
func (c *discardCmd) Run(ctx context.Context, m *machine) error {
	if _, err := c.call(ctx, http.MethodDelete, "/dead-letters/"+url.PathEscape(c.ID), nil); err != nil {
		return err
	}
	return c.told(m, "discarded", c.ID)
}
