package localaws

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/policydoc"
)

// defaultAccount owns every access key that says nothing of its account.
const defaultAccount = "123456789012"

// accessKey is what is known of a registered or issued access key.
type accessKey struct {
	account, arn, userID, secret string
	// expires is set for issued keys only.
	expires time.Time
}

// identity is who made a request.
type identity struct {
	account, arn, userID, accessKey string
}

// AccountForKey returns the account that an unregistered access key id stands for: a key id of 12 digits is itself
// the account, any other belongs to 123456789012.
func AccountForKey(accessKeyID string) string {
	if isAccountID(accessKeyID) {
		return accessKeyID
	}
	return defaultAccount
}

// isAccountID reports whether a text has the form of an account, 12 digits.
func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// credential is what a request says of its signer.
type credential struct {
	keyID, date, region, service   string
	signedHeaders, signature, time string
	// presigned requests carry all this in the query string.
	presigned bool
}

// scope returns the credential scope, DATE/REGION/SERVICE/aws4_request.
func (c credential) scope() string {
	return strings.Join([]string{c.date, c.region, c.service, "aws4_request"}, "/")
}

// readCredential reads a Signature Version 4 from the Authorization header or, of a presigned URL, from the query
// string, see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html.
func readCredential(h http.Header, query url.Values) (credential, error) {
	if header := h.Get("Authorization"); header != "" {
		fields := map[string]string{}
		rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
		for part := range strings.SplitSeq(rest, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			fields[name] = value
		}
		c, whole := credential{
			signedHeaders: fields["SignedHeaders"], signature: fields["Signature"], time: h.Get("X-Amz-Date"),
		}.in(fields["Credential"])
		if !ok || !whole {
			return credential{}, newError("IncompleteSignature", http.StatusForbidden,
				"Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.")
		}
		return c, nil
	}
	if !query.Has("X-Amz-Credential") {
		return credential{}, newError("MissingAuthenticationToken", http.StatusForbidden,
			"Request is missing Authentication Token")
	}
	c, whole := credential{
		signedHeaders: query.Get("X-Amz-SignedHeaders"), signature: query.Get("X-Amz-Signature"),
		time: query.Get("X-Amz-Date"), presigned: true,
	}.in(query.Get("X-Amz-Credential"))
	if !whole {
		return credential{}, newError("IncompleteSignature", http.StatusForbidden,
			"AWS query-string parameters must include 'X-Amz-Credential', 'X-Amz-SignedHeaders' and 'X-Amz-Signature'.")
	}
	return c, nil
}

// in returns the credential with its key and scope, KEY/DATE/REGION/SERVICE/aws4_request.
func (c credential) in(scope string) (_ credential, ok bool) {
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return c, false
	}
	c.keyID, c.date, c.region, c.service = parts[0], parts[1], parts[2], parts[3]
	return c, c.keyID != "" && c.region != "" && c.service != ""
}

// authenticate finds the identity behind a credential and checks the signature where the secret is known.
func (s *Server) authenticate(r *http.Request, body []byte, c credential) (identity, error) {
	if c.keyID == "" { // only a link has none, see subscriptionLink
		return identity{arn: "anonymous"}, nil
	}
	s.mu.Lock()
	key, known := s.keys[c.keyID]
	if !known {
		key, known = s.issued[c.keyID]
	}
	s.mu.Unlock()
	caller := identity{account: key.account, arn: key.arn, userID: key.userID, accessKey: c.keyID}
	if caller.account == "" {
		caller.account = AccountForKey(c.keyID)
	}
	if caller.arn == "" {
		caller.arn = "arn:" + policydoc.Partition(c.region) + ":iam::" + caller.account + ":user/local"
	}
	if caller.userID == "" {
		caller.userID = "AIDA" + caller.account
	}
	expired := !key.expires.IsZero() && s.clock.Now().After(key.expires)
	switch {
	case expired:
		return caller, newError("ExpiredToken", http.StatusForbidden,
			"The security token included in the request is expired")
	case !known && s.strict:
		err := newError("InvalidClientTokenId", http.StatusForbidden,
			"The security token included in the request is invalid.")
		err.shape = "UnrecognizedClientException"
		return caller, err
	case key.secret != "" && !signatureMatches(r, body, c, key.secret):
		err := newError("SignatureDoesNotMatch", http.StatusForbidden,
			"The request signature we calculated does not match the signature you provided. "+
				"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
		err.shape = "InvalidSignatureException"
		return caller, err
	}
	return caller, nil
}
