package main

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
)

// unreplaced is a generated name as the case files have it where they could not replace it: within an encoded handle.
// Elsewhere it ends in "n" and a number.
var unreplaced = regexp.MustCompile(`([A-Za-z][\w-]*-)u[0-9a-f]{6}\b`)

// renamed returns a handle, base64 of a JSON object, with the name that the queue has in the other calls: the first
// one of the same beginning. Anything else stays as it is. written are all calls of the case.
func renamed(value, written string) string {
	data, err := base64.StdEncoding.DecodeString(value)
	if err != nil || !json.Valid(data) || !unreplaced.Match(data) {
		return value
	}
	data = unreplaced.ReplaceAllFunc(data, func(name []byte) []byte {
		stem := unreplaced.FindSubmatch(name)[1]
		if called := regexp.MustCompile(regexp.QuoteMeta(string(stem)) + `n\d+\b`).FindString(written); called != "" {
			return []byte(called)
		}
		return name
	})
	return base64.StdEncoding.EncodeToString(data)
}
