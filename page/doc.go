// Package page is what the pages of merchants and those of the operator have in
// common: who is signed in, languages, amounts and times as people write them, the
// frame around each page, and the way to the API, which the pages ask as any client
// does. It knows nothing of what the pages show.
package page
