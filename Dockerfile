# Builds the operator on the machine's own platform for the one that is asked for:
#   docker buildx build --platform linux/amd64,linux/arm64 .
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src

# Modules first: this layer stays as long as the dependencies do.
COPY go.mod go.sum ./
RUN go mod download

COPY api api
COPY cmd cmd
COPY internal internal
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -o /manager ./cmd/manager

FROM gcr.io/distroless/static:nonroot
LABEL org.opencontainers.image.source=https://github.com/skein-dev/skein
LABEL org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /manager /manager
USER 65532:65532
ENTRYPOINT ["/manager"]
