package page

import "time"

// Session is a session of the account of who is signed in, as pages show it.
type Session struct {
	ID       string // to end it by; nobody can sign in with it
	ClientID string
	Began    time.Time
	Until    time.Time
	This     bool // the page's own
	Ours     bool // begun with the credential of who is signed in
}

// Sessions lists the open sessions of the account, newest first.
func (c *Call) Sessions() ([]Session, error) {
	all, err := c.Site.sessions.of(c.R.Context(), c.Who)
	if err != nil {
		return nil, err
	}
	var open []Session
	for _, s := range all {
		if !c.Site.Now().Before(s.Who.ExpiresAt) {
			continue
		}
		open = append(open, Session{
			ID: s.key.Name, ClientID: s.Who.ClientID, Began: s.CreatedAt, Until: s.Who.ExpiresAt,
			This: s.key == c.session.key, Ours: s.Who.ClientID == c.Who.ClientID,
		})
	}
	return open, nil
}

// EndSession ends a session that was begun with the same credential. Of others it is
// ErrNotFound.
func (c *Call) EndSession(id string) error {
	all, err := c.Site.sessions.of(c.R.Context(), c.Who)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.key.Name == id && s.Who.ClientID == c.Who.ClientID {
			return c.Site.sessions.end(c.R.Context(), s)
		}
	}
	return ErrNotFound
}
