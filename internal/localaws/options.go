package localaws

import (
	"log/slog"

	"k8s.io/utils/clock"
)

// Option configures a Server.
type Option func(*Server)

// WithClock sets the clock by which timestamps, waits (60 s after DeleteQueue, PurgeQueue), visibility timeouts,
// delays, retention and long polls run. Injected latency always takes real time.
func WithClock(c clock.Clock) Option {
	return func(s *Server) { s.clock = c }
}

// WithSeed chooses the ids that the server gives (of messages, subscriptions, receipt handles and so on): they are the
// same in every run with the same seed and the same calls, and differ with another. The default, zero, is such a seed
// too, so that tests see the same ids again; where clients outlive the server, a random seed keeps them from meeting
// an id twice. Load goes on from the saved ids: with zero by those that would have come next, else by others, so that
// what ran since the state was saved has not given them either.
func WithSeed(seed uint64) Option {
	return func(s *Server) { s.seed = seed }
}

// WithLogger sets where the server says what became of notifications that were not delivered: at Warn those that went
// to a dead-letter queue or were dropped, at Debug those that a filter policy held back. At Debug it also has a line for
// each call. The default says nothing.
func WithLogger(l *slog.Logger) Option {
	return func(s *Server) { s.logger = l }
}

// WithAccessKey makes an access key id belong to an account and an IAM identity; an empty arn gives a user of the
// account.
func WithAccessKey(keyID, account, arn string) Option {
	return func(s *Server) {
		key := s.keys[keyID]
		key.account, key.arn = account, arn
		s.keys[keyID] = key
	}
}

// WithCredentials registers an access key with its secret, so that requests signed with another secret are answered
// SignatureDoesNotMatch. The account is AccountForKey's unless WithAccessKey says otherwise.
func WithCredentials(keyID, secret string) Option {
	return func(s *Server) {
		key := s.keys[keyID]
		key.secret = secret
		s.keys[keyID] = key
	}
}

// WithStrictKeys accepts only access keys that were registered by WithAccessKey or WithCredentials or issued by
// AssumeRole; any other is answered InvalidClientTokenId, as AWS does.
func WithStrictKeys() Option {
	return func(s *Server) { s.strict = true }
}

// WithQueueTagComparison makes CreateQueue refuse tags that an existing queue does not have, with QueueAlreadyExists.
// Both behaviours were seen on AWS, whose documentation speaks of attributes only; without this option the tags of a
// queue that exists are not looked at. Reported at https://github.com/Bogdanp/dramatiq_sqs/pull/13 and
// https://github.com/awslabs/amazon-sqs-java-temporary-queues-client/pull/70.
func WithQueueTagComparison() Option {
	return func(s *Server) { s.compareQueueTags = true }
}

// WithRole restricts who may assume a role: callers of the trusted accounts (none given: any) that present the
// external id (empty: any). Roles that are not registered may be assumed by everyone.
func WithRole(arn, externalID string, trustedAccounts ...string) Option {
	return func(s *Server) { s.roles[arn] = role{externalID: externalID, trusted: trustedAccounts} }
}

// WithPlainHTTP makes requests that come without TLS count as such (aws:SecureTransport is false); otherwise all
// requests count as sent over TLS.
func WithPlainHTTP() Option {
	return func(s *Server) { s.plainHTTP = true }
}

// WithoutAttributes makes a partition that does not have some attributes of queues, topics or subscriptions, such as RedriveAllowPolicy: it
// neither shows nor takes them. The words are those of AWS GovCloud and of regions before they had FIFO
// (https://github.com/hashicorp/terraform-provider-aws/pull/22282, https://github.com/aws/aws-cli/issues/2549).
func WithoutAttributes(names ...string) Option {
	return func(s *Server) {
		for _, name := range names {
			s.lacks[name] = true
		}
	}
}

// WithoutTags makes a partition without tags. The words are those of AWS GovCloud before it had them
// (https://github.com/hashicorp/terraform-provider-aws/pull/3376).
func WithoutTags() Option {
	return func(s *Server) { s.noTags = true }
}
