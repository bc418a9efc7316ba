package dashboard

// accountRoutes is the map of the pages about money: what is there, what is blocked,
// what happened, and what is to be charged or paid.
func (d *Dashboard) accountRoutes() {
	d.site.Handle("GET /blocked", d.blocked)
	d.site.Handle("GET /statement", d.statement)
	d.site.Handle("GET /statement/lines", d.statementLines)
	d.site.Handle("GET /statement/export", d.exportStatement)
	d.site.Handle("GET /transactions/{id}", d.transaction)
	d.site.Handle("POST /transactions/{id}/refund", d.refund)
	d.site.Handle("POST /transactions/{id}/resend", d.resend)
	d.site.Handle("POST /transactions/{id}/med", d.openCase)
	d.site.Handle("POST /transactions/{id}/med/{case}/{decision}", d.decideCase)
	d.site.Handle("GET /charges", d.charges)
	d.site.Handle("GET /charges/new", d.newCharge)
	d.site.Handle("POST /charges", d.createCharge)
	d.site.Handle("GET /charges/{id}", d.charge)
	d.site.Handle("POST /charges/{id}/pay", d.payCharge)
	d.site.Handle("GET /payments/new", d.newPayment)
	d.site.Handle("POST /payments/try", d.tryPayment)
	d.site.Handle("POST /payments", d.createPayment)
}
