package cloud

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// unanswered tells why a call got no answer of AWS, in words that stay the same while the cause does: the SDK's own name attempts, ports and
// limits, and would change a condition at every try. It is empty for other errors.
func unanswered(err error) string {
	var budget *budgetError
	var response *awshttp.ResponseError
	switch {
	case errors.As(err, &budget):
		return "the operator's own rate budget left no room for it in time (--aws-rate)"
	case errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusBadRequest:
		return fmt.Sprintf("the answer is HTTP status %d without a code of AWS", response.HTTPStatusCode())
	}
	words := disconnected(err)
	var credentials *credentialsError
	if words != "" && errors.As(err, &credentials) {
		words = "getting credentials: " + words
	}
	return words
}

// disconnected is unanswered for what goes wrong on the way.
func disconnected(err error) string {
	var (
		request     *url.Error
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		network     net.Error
		number      syscall.Errno
	)
	host := "AWS"
	if errors.As(err, &request) {
		if u, err := url.Parse(request.URL); err == nil {
			host = cmp.Or(u.Host, host)
		}
	}
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return host + " has no address (DNS)"
	case errors.As(err, &name):
		return "the address of " + host + " cannot be looked up (DNS)"
	case errors.As(err, &certificate):
		why, _, _ := strings.Cut(certificate.Err.Error(), ": current time")
		return "the certificate of " + host + " is not accepted: " + why
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return host + " does not answer in time"
	case errors.As(err, &number):
		return host + ": " + number.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return host + " closed the connection"
	default:
		return ""
	}
}
