// Package browser opens pages in a real Chromium and looks at them as people do: with the keyboard, on a telephone, in
// the dark, in another language, and through a screen reader's rules (axe-core). It knows nothing of what the pages are
// for.
//
// A page that reports an error, breaks its own content security policy, fails to fetch something or asks for anything
// outside this machine fails its test, whatever the test looks at:
//
//	func TestTheTermsCanBeRead(t *testing.T) {
//		p := browser.Open(t, server.URL)
//		p.Go("/terms")
//		p.WaitText("h1", "Terms")
//		p.Inspect("terms")
//	}
//
// All tests of a package share one Chromium, which TestMain ends by Close; each has cookies and storage of its own.
// With a folder in SALDO_TEST_SCREENSHOTS, Inspect leaves its pictures there.
package browser
