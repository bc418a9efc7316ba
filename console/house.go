package console

import "github.com/saldo-pix/saldo/page"

// house is the first page: the trial balance.
func (o *Console) house(c *page.Call) error {
	var trial struct {
		Accounts []struct {
			Role string `json:"role"`
		} `json:"accounts"`
	}
	if err := c.Get("/trial-balance", nil, &trial); err != nil {
		return err
	}
	return c.Render("house", c.Lang.T("house.title"), trial)
}
