import TwoslashFloatingVue from '@shikijs/vitepress-twoslash/client';
import DefaultTheme from 'vitepress/theme-without-fonts';
import '@shikijs/vitepress-twoslash/style.css';
import './look.css';
import type { Theme } from 'vitepress';

export default {
  extends: DefaultTheme,
  enhanceApp({ app, router }) {
    app.use(TwoslashFloatingVue);
    // The API's pages are TypeDoc's: the browser goes there by itself.
    router.onBeforeRouteChange = (to) => {
      if (!to.startsWith('/api/')) return true;
      location.assign(to);
      return false;
    };
  },
} satisfies Theme;
