/** A fin above water. */
export function Logo() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" role="img" aria-label="Kubeshark">
      <path
        d="M6 21.500c4-1 6-4 7.500-9 1-3.200 3-5.500 6-7-.6 4 .2 8 2.200 11 1.300 2 2.700 3.600 4.300 5z"
        fill="var(--accent)"
      />
      <path
        d="M4 26c2.400-1.600 3.900-1.600 6 0s3.900 1.600 6 0 3.900-1.600 6 0 3.600 1.600 6 0"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}
