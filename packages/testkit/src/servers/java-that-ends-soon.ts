type Variables = Readonly<Record<string, string | undefined>>;

/**
 * For servers that live a minute or two: what the second compiler of a JVM spends on them they never earn back. Measured
 * on a broker and a registry that start: half the processor time.
 */
export function javaThatEndsSoon(variables: Variables): Variables {
  return { ...variables, JAVA_TOOL_OPTIONS: `${variables['JAVA_TOOL_OPTIONS'] ?? ''} -XX:TieredStopAtLevel=1` };
}
