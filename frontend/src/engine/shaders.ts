/** Triangles with a premultiplied colour at each corner: no arithmetic for a pixel. */
export const MESH_VERTEX = `#version 300 es
precision highp float;
layout(location=0) in vec2 a_at;
layout(location=1) in vec4 a_colour;
uniform vec2 u_view;
out vec4 v_colour;
void main() {
  v_colour = a_colour;
  vec2 at = a_at / u_view * 2.0 - 1.0;
  gl_Position = vec4(at.x, -at.y, 0.0, 1.0);
}`;

export const MESH_FRAGMENT = `#version 300 es
precision mediump float;
in vec4 v_colour;
out vec4 o;
void main() { o = v_colour; }`;

/** Circles too small to have a shape: squares of two pixels, as opaque as the circle covers them. */
export const DOT_VERTEX = `#version 300 es
precision highp float;
layout(location=0) in vec3 a_circle;
layout(location=1) in vec4 a_fill;
uniform vec2 u_view;
flat out vec4 v_colour;
void main() {
  float cover = min(1.0, 0.7854 * a_circle.z * a_circle.z);
  v_colour = a_fill * cover;
  vec2 at = a_circle.xy / u_view * 2.0 - 1.0;
  gl_Position = vec4(at.x, -at.y, 0.0, 1.0);
  gl_PointSize = 2.0;
}`;

export const DOT_FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 v_colour;
out vec4 o;
void main() { o = v_colour; }`;

/** Circles of one colour, one point each. */
export const DISC_VERTEX = `#version 300 es
precision highp float;
layout(location=0) in vec3 a_circle;
layout(location=1) in vec4 a_fill;
uniform vec2 u_view;
flat out vec4 v_fill;
flat out float v_size;
void main() {
  v_fill = a_fill;
  v_size = 2.0 * a_circle.z + 1.0;
  vec2 at = a_circle.xy / u_view * 2.0 - 1.0;
  gl_Position = vec4(at.x, -at.y, 0.0, 1.0);
  gl_PointSize = v_size;
}`;

export const DISC_FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 v_fill;
flat in float v_size;
out vec4 o;
void main() { o = v_fill * clamp((0.5 - length(gl_PointCoord - 0.5)) * v_size, 0.0, 1.0); }`;

/** Circles that hold others, one point each: inside and stroke in two premultiplied colours. */
export const POINT_VERTEX = `#version 300 es
precision highp float;
layout(location=0) in vec3 a_circle;
layout(location=1) in vec4 a_fill;
layout(location=2) in vec4 a_stroke;
uniform vec2 u_view;
flat out vec4 v_fill;
flat out vec4 v_stroke;
flat out vec2 v_size;
void main() {
  float r = a_circle.z;
  float line = clamp(r * 0.06, 0.5, 1.5);
  v_fill = a_fill;
  v_stroke = a_stroke;
  v_size = vec2(2.0 * r + 1.0, line);
  vec2 at = a_circle.xy / u_view * 2.0 - 1.0;
  gl_Position = vec4(at.x, -at.y, 0.0, 1.0);
  gl_PointSize = v_size.x;
}`;

export const POINT_FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 v_fill;
flat in vec4 v_stroke;
flat in vec2 v_size;
out vec4 o;
void main() {
  float edge = (0.5 - length(gl_PointCoord - 0.5)) * v_size.x;
  o = mix(v_stroke, v_fill, clamp(edge - v_size.y, 0.0, 1.0)) * clamp(edge, 0.0, 1.0);
}`;

/** The same with a dashed stroke, for what is undocumented; apart, because an angle is dear. */
export const DASHED_FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 v_fill;
flat in vec4 v_stroke;
flat in vec2 v_size;
out vec4 o;
void main() {
  vec2 p = gl_PointCoord - 0.5;
  float edge = (0.5 - length(p)) * v_size.x;
  float dash = step(fract(atan(p.y, p.x) * max(1.0, floor(v_size.x / 3.6)) / 3.14159265), 0.55);
  o = mix(v_stroke, v_fill, max(clamp(edge - v_size.y, 0.0, 1.0), 1.0 - dash)) * clamp(edge, 0.0, 1.0);
}`;

/** An image laid over the whole view, pixel by pixel. */
export const IMAGE_VERTEX = `#version 300 es
void main() { gl_Position = vec4(float(gl_VertexID & 1) * 4.0 - 1.0, float(gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;

export const IMAGE_FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D u_image;
uniform highp vec2 u_view;
out vec4 o;
void main() { o = texelFetch(u_image, ivec2(int(gl_FragCoord.x), int(u_view.y - gl_FragCoord.y)), 0); }`;

/** An edge as a bent ribbon of 2 * ARC_STEPS + 2 vertices. */
export const ARC_STEPS = 14;
export const ARC_VERTEX = `#version 300 es
precision highp float;
layout(location=0) in vec4 a_ends;
layout(location=1) in vec4 a_colour;
layout(location=2) in uint a_dashed;
uniform vec2 u_view;
uniform float u_width;
flat out vec4 v_colour;
flat out uint v_dashed;
out float v_along;
void main() {
  float t = float(gl_VertexID >> 1) / ${ARC_STEPS}.0;
  float side = float(gl_VertexID & 1) * 2.0 - 1.0;
  vec2 a = a_ends.xy, b = a_ends.zw, ab = b - a;
  vec2 bend = 0.5 * (a + b) + vec2(-ab.y, ab.x) * 0.18;
  vec2 at = mix(mix(a, bend, t), mix(bend, b, t), t);
  vec2 along = normalize(mix(bend - a, b - bend, t) + vec2(1e-6));
  at += vec2(-along.y, along.x) * side * u_width * 0.5;
  v_colour = a_colour; v_dashed = a_dashed; v_along = t * length(ab);
  vec2 clip = at / u_view * 2.0 - 1.0;
  gl_Position = vec4(clip.x, -clip.y, 0.0, 1.0);
}`;

export const ARC_FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 v_colour;
flat in uint v_dashed;
in float v_along;
out vec4 o;
void main() {
  if (v_dashed != 0u && fract(v_along / 9.0) > 0.55) discard;
  o = vec4(v_colour.rgb, 1.0) * v_colour.a;
}`;
