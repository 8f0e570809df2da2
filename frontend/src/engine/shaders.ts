/** Shared by quads and points: what a circle looks like at `p`, -1 to 1 across it. Colours leave premultiplied. */
const LOOK = `
uniform vec3 u_land;
uniform vec3 u_hatch;
uniform vec2 u_pattern;
flat in vec4 v_colour;
flat in float v_r;
flat in uint v_flags;
out vec4 o;

vec4 look(vec2 p) {
  float d = (1.0 - length(p)) * v_r;
  float inside = clamp(d + 0.5, 0.0, 1.0);
  if (inside <= 0.0) discard;
  if ((v_flags & ${128}u) != 0u) {
    float at = mod(gl_FragCoord.x - gl_FragCoord.y + u_pattern.x, u_pattern.y);
    return vec4(mix(v_colour.rgb, u_hatch, clamp(1.0 - abs(at - 1.0), 0.0, 1.0)), 1.0) * inside;
  }
  bool leaf = (v_flags & ${16}u) != 0u;
  bool outline = (v_flags & ${64}u) != 0u;
  bool lit = (v_flags & ${8}u) != 0u;
  bool dim = (v_flags & ${4}u) != 0u;
  float width = outline ? 2.5 : clamp(v_r * 0.06, 0.6, lit ? 2.4 : 1.5);
  float ring = 1.0 - clamp(d - width + 0.5, 0.0, 1.0);
  if ((v_flags & ${2}u) != 0u && v_r > 5.0) {
    float turn = atan(p.y, p.x) * v_r / 7.0;
    ring *= step(fract(turn), 0.55);
  }
  float fill = outline ? 0.0 : leaf ? ((v_flags & ${2}u) != 0u && v_r > 2.0 ? 0.34 : 0.86) : (lit ? 0.26 : (v_flags & ${32}u) != 0u ? 0.035 : 0.1);
  float stroke = v_r < 1.5 && !outline ? 0.0 : outline ? 1.0 : leaf ? 1.0 : 0.75;
  float alpha = max(fill, ring * stroke) * v_colour.a;
  if (dim) alpha *= leaf ? 0.16 : 0.3;
  if ((v_flags & ${32}u) != 0u && !outline) {
    return vec4(mix(u_land, v_colour.rgb, alpha), 1.0) * inside;
  }
  return vec4(v_colour.rgb, 1.0) * (alpha * inside);
}`;

const ATTRIBUTES = `
layout(location=0) in vec3 a_circle;
layout(location=1) in vec4 a_colour;
layout(location=2) in uint a_flags;
uniform vec2 u_view;
flat out vec4 v_colour;
flat out float v_r;
flat out uint v_flags;`;

export const QUAD_VERTEX = `#version 300 es
precision highp float;
${ATTRIBUTES}
out vec2 v_p;
void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1)) * 2.0 - 1.0;
  float grow = (a_circle.z + 0.75) / a_circle.z;
  v_p = corner * grow;
  v_colour = a_colour; v_r = a_circle.z; v_flags = a_flags;
  vec2 at = (a_circle.xy + corner * (a_circle.z + 0.75)) / u_view * 2.0 - 1.0;
  gl_Position = vec4(at.x, -at.y, 0.0, 1.0);
}`;

export const QUAD_FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_p;
${LOOK}
void main() { o = look(v_p); }`;

export const POINT_VERTEX = `#version 300 es
precision highp float;
${ATTRIBUTES}
void main() {
  v_colour = a_colour; v_r = a_circle.z; v_flags = a_flags;
  vec2 at = a_circle.xy / u_view * 2.0 - 1.0;
  gl_Position = vec4(at.x, -at.y, 0.0, 1.0);
  gl_PointSize = 2.0 * a_circle.z + 1.5;
}`;

export const POINT_FRAGMENT = `#version 300 es
precision highp float;
${LOOK}
void main() { o = look((gl_PointCoord * 2.0 - 1.0) * ((v_r + 0.75) / v_r)); }`;

/** Diagonal hatching of what nobody documented, moving with the map. */
export const SEA_VERTEX = `#version 300 es
void main() { gl_Position = vec4(float(gl_VertexID & 1) * 4.0 - 1.0, float(gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;

export const SEA_FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_sea;
uniform vec3 u_hatch;
uniform float u_shift;
uniform float u_step;
out vec4 o;
void main() {
  float at = mod(gl_FragCoord.x - gl_FragCoord.y + u_shift, u_step);
  o = vec4(mix(u_sea, u_hatch, clamp(1.0 - abs(at - 1.0), 0.0, 1.0)), 1.0);
}`;

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
