package localaws

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
)

// signatureMatches computes the Signature Version 4 of a request anew and compares it, see
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
func signatureMatches(r *http.Request, body []byte, c credential, secret string) bool {
	key := hmacSHA256([]byte("AWS4"+secret), c.date)
	for _, part := range []string{c.region, c.service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	toSign := strings.Join([]string{
		"AWS4-HMAC-SHA256", c.time, c.scope(), hexSHA256([]byte(canonicalRequest(r, body, c))),
	}, "\n")
	want := hex.EncodeToString(hmacSHA256(key, toSign))
	return hmac.Equal([]byte(want), []byte(c.signature))
}

// canonicalRequest is the text that Signature Version 4 hashes. The services here take no query strings worth
// sorting by more than url.Values does.
func canonicalRequest(r *http.Request, body []byte, c credential) string {
	path := (&url.URL{Path: r.URL.Path}).EscapedPath()
	if path == "" {
		path = "/"
	}
	query := r.URL.Query()
	if c.presigned {
		query.Del("X-Amz-Signature")
	}
	lines := []string{r.Method, path, strings.ReplaceAll(query.Encode(), "+", "%20")}
	for name := range strings.SplitSeq(c.signedHeaders, ";") {
		lines = append(lines, name+":"+signedHeader(r, name, body))
	}
	return strings.Join(append(lines, "", c.signedHeaders, hexSHA256(body)), "\n")
}

func signedHeader(r *http.Request, name string, body []byte) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return itoa(len(body))
	}
	values := r.Header.Values(name)
	trimmed := make([]string, len(values))
	for i, value := range values {
		trimmed[i] = strings.Join(strings.Fields(value), " ")
	}
	return strings.Join(trimmed, ",")
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
