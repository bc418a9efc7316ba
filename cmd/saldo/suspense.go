package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// suspenseCmd is saldo suspense.
type suspenseCmd struct {
	List    suspenseListCmd    `cmd:"" help:"List what the rail told and what fits nothing."`
	Resolve suspenseResolveCmd `cmd:"" help:"Resolve one of them: where its money goes."`
}

// suspenseListCmd is saldo suspense list.
type suspenseListCmd struct {
	Status string `enum:"open,resolved,all" default:"open" help:"open, resolved or all (${default})."`
	operatorFlags
}

// shownSuspense is a suspense item as the operator's API shows it.
type shownSuspense struct {
	ID         string      `json:"id"`
	EventID    string      `json:"eventId"`
	Type       string      `json:"type"`
	Reason     string      `json:"reason"`
	Amount     json.Number `json:"amount"`
	ReceivedAt string      `json:"receivedAt"`
	Resolution *struct {
		Action    string  `json:"action"`
		AccountID *string `json:"accountId"`
	} `json:"resolution"`
}

// Run lists the items, the oldest first.
func (c *suspenseListCmd) Run(ctx context.Context, m *machine) error {
	answers, err := c.listWith(ctx, "/suspense", url.Values{"status": {c.Status}})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answers)
	}
	items, err := decodeAll[shownSuspense](answers)
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "RECEIVED", "TYPE", "AMOUNT", "EVENT", "REASON", "RESOLUTION", "ACCOUNT"}}
	for _, i := range items {
		action, account := "none", "none"
		if i.Resolution != nil {
			action, account = i.Resolution.Action, orNone(i.Resolution.AccountID)
		}
		rows = append(rows, []string{
			i.ID, i.ReceivedAt, i.Type, i.Amount.String(), i.EventID, i.Reason, action, account,
		})
	}
	return table(m.stdout, rows)
}

// suspenseResolveCmd is saldo suspense resolve.
type suspenseResolveCmd struct {
	ID      string `arg:"" help:"Number of the item."`
	Action  string `arg:"" enum:"apply,credit,debit,returned,house,dismiss" help:"apply, credit, debit, returned, house or dismiss."`
	Account string `placeholder:"NUMBER" help:"Who gets or pays the money, for credit and debit."`
	By      string `placeholder:"NAME" help:"Who resolves it."`
	Note    string `placeholder:"TEXT" help:"Why; needed for returned, house and dismiss."`
	operatorFlags
}

// Run resolves the item.
func (c *suspenseResolveCmd) Run(ctx context.Context, m *machine) error {
	body := map[string]string{"action": c.Action}
	for name, text := range map[string]string{"accountId": c.Account, "by": c.By, "note": c.Note} {
		if text != "" {
			body[name] = text
		}
	}
	answer, err := c.call(ctx, http.MethodPost, "/suspense/"+url.PathEscape(c.ID)+"/resolve", body)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answer)
	}
	return c.told(m, "resolved", c.ID)
}
