// Package llb turns a plan into a graph: the vertices that fetch, compile and lay out an image. It sees the plan and what the
// frontend made of the user's input, never the configuration or a client; the same plan gives the same graph.
//
// Read it in the order of the data: vertex says what a vertex is, and builder makes each once; toolchain, modules, analyze, deps,
// compile and rootfs are what is done, and graph puts that together. What comes of it is data, which translate writes as LLB.
//
// Trust is a part of the data: what code of the project is in is worked out from what a vertex reads, and a step that has a network
// or secrets as well is refused.
//
// Every mount that a step reads is read-only, so BuildKit keys it by content: a vertex whose inputs are the same bytes stays
// cached, also when the vertex before it ran again.
package llb
