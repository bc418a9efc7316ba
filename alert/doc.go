// Package alert looks at accounts when time has passed and tells their owners of
// alerts by e-mail and chat. What is an alert is decided by package pix, in the
// commit that changes a balance; webhooks are told by package webhook.
package alert
